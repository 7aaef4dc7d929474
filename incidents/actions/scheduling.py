"""Planned work. After it is scheduled, every step of its life is an update: see `publishing.post_update`."""

from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import ValidationError

from ..enums import ComponentStatus, MaintenanceStatus
from ..models import Actor, Component, IncidentUpdate
from .beginning import new_maintenance
from .composing import Draft
from .publishing import publish
from .recurrence import Recurrence
from .series import begin_series


def problems_of_window(begins: datetime | None, ends: datetime | None, *, at: datetime) -> dict[str, str]:
    """Return what keeps a window from being announced at `at`, by field; of one not typed yet only what can be told."""
    if ends and ends <= at:
        return {"scheduled_until": "This is past; choose a later end."}
    if begins and ends and ends <= begins:
        return {"scheduled_until": "The window must end after it begins."}
    return {}


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
    recurs: Recurrence | None = None,
) -> IncidentUpdate:
    """Plan a maintenance and announce it. Its components stay as they are until it is in progress.

    `recurs`: it is the first of a series, whose other windows are planned with it.

    Raises ValidationError (by field) and KeyReused.
    """
    if wrong := problems_of_window(scheduled_for, scheduled_until, at=at):
        raise ValidationError(wrong)
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
        recurs=recurs,
    )
    return publish(maintenance, draft, prepare=begin_series)
