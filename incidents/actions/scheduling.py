"""Planned work. After it is scheduled, every step of its life is an update: see `publishing.post_update`."""

from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import ValidationError

from ..enums import ComponentStatus, MaintenanceStatus
from ..models import Actor, Component, IncidentUpdate
from .composing import Draft, new_maintenance
from .publishing import publish


def schedule_maintenance(
    *,
    title: str,
    body: str,
    components: Iterable[Component],
    scheduled_for: datetime,
    scheduled_until: datetime,
    by: Actor,
    at: datetime,
    is_public: bool = True,
    request_key: str | None = None,
) -> IncidentUpdate:
    """Plan a maintenance and announce it. Its components stay as they are until it is in progress.

    Raises ValidationError (by field) and KeyReused.
    """
    if scheduled_until <= scheduled_for:
        raise ValidationError({"scheduled_until": "The window must end after it begins."})
    maintenance = new_maintenance(
        title=title, scheduled_for=scheduled_for, scheduled_until=scheduled_until, is_public=is_public, by=by, at=at
    )
    draft = Draft(
        status=MaintenanceStatus.SCHEDULED,
        body=body,
        by=by,
        at=at,
        components=dict.fromkeys(components, ComponentStatus.UNDER_MAINTENANCE),
        request_key=request_key,
    )
    return publish(maintenance, draft)
