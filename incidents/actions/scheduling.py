"""Planned work: announced, moved, begun, ended, called off. Each is an update, see `publishing.publish`."""

from collections.abc import Iterable
from datetime import datetime
from typing import TypedDict, Unpack

from django.core.exceptions import ValidationError

from ..enums import STATUS_OF_ACT, Act, ComponentStatus, MaintenanceStatus
from ..models import Actor, Component, Incident, IncidentUpdate
from .beginning import Running, new_maintenance
from .composing import Affected, Draft
from .publishing import publish
from .window_rules import Window, problems_of_window


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
    **running: Unpack[Running],
) -> IncidentUpdate:
    """Plan a maintenance and announce it. Its components stay as they are until it is in progress.

    Takes also what says how it runs, see Running. Raises ValidationError (by field) and KeyReused.
    """
    if wrong := problems_of_window(scheduled_for, scheduled_until, at=at):
        raise ValidationError(wrong)
    maintenance = new_maintenance(
        title=title,
        scheduled_for=scheduled_for,
        scheduled_until=scheduled_until,
        is_public=is_public,
        by=by,
        at=at,
        **running,
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


class More(TypedDict, total=False):
    """The arguments that a caller of an act may leave out. `body`: empty for words of ours."""

    body: str
    components: Affected
    tells: bool
    request_key: str | None


def draft_of(
    act: Act, maintenance: Incident, *, by: Actor, at: datetime, window: Window | None = None, **more: Unpack[More]
) -> Draft:
    """Return the draft of an act on planned work, for `publish` or `rehearse`."""
    status = STATUS_OF_ACT.get(act, maintenance.status)
    return Draft(status=status, act=act, window=window, by=by, at=at, **{"body": ""} | more)


def act_on(
    *,
    maintenance: Incident,
    act: Act,
    by: Actor,
    at: datetime,
    window: Window | None = None,
    seen: IncidentUpdate | None = None,
    **more: Unpack[More],
) -> IncidentUpdate:
    """Start, move, end or cancel planned work, in words of ours where there is no `body`, and announce it.

    A move gives it `window`; of what has begun only the end may be another. What was to come is planned anew, and what
    a reminder says that is on its way is withdrawn. Raises as `publish` does.
    """
    return publish(maintenance, draft_of(act, maintenance, window=window, by=by, at=at, **more), seen=seen)
