"""Planned work. After it is scheduled, every step of its life is an update: see `publishing.post_update`."""

from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import ValidationError

from ..enums import ComponentStatus, Impact, MaintenanceStatus, Severity
from ..models import Actor, Component, IncidentUpdate, Maintenance
from .publishing import Draft, first_update


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
    maintenance = Maintenance(
        title=title,
        severity=Severity.P4,
        impact=Impact.MAINTENANCE,
        is_public=is_public,
        started_at=at,
        scheduled_for=scheduled_for,
        scheduled_until=scheduled_until,
        created_by=by,
    )
    draft = Draft(
        status=MaintenanceStatus.SCHEDULED,
        body=body,
        by=by,
        at=at,
        components=dict.fromkeys(components, ComponentStatus.UNDER_MAINTENANCE),
        request_key=request_key,
    )
    return first_update(maintenance, draft)
