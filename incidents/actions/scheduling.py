"""Planned work: announced, moved, begun, ended, called off. Each is an update, see `publishing.publish`."""

from collections.abc import Iterable
from datetime import datetime
from typing import Required, TypedDict, Unpack

from django.core.exceptions import ValidationError

from ..enums import STATUS_OF_ACT, Act, ComponentStatus, MaintenanceStatus
from ..models import Actor, Component, Incident, IncidentUpdate, Maintenance
from .beginning import Running, new_maintenance
from .composing import Affected, Draft
from .publishing import publish
from .recurrence import Recurrence, check
from .series import begin_series
from .window_rules import Window, problems_of_window


class Plan(Running, total=False):
    """Planned work as somebody asks for it; but for what its first update says."""

    title: Required[str]
    scheduled_for: Required[datetime]
    scheduled_until: Required[datetime]
    is_public: bool


def drafted(
    *,
    body: str,
    components: Iterable[Component],
    by: Actor,
    at: datetime,
    request_key: str | None = None,
    recurs: Recurrence | None = None,
    **plan: Unpack[Plan],
) -> tuple[Maintenance, Draft]:
    """Return planned work and its first update, neither saved, for `publish` or `rehearse`. Raises ValidationError by
    field."""
    if recurs:
        check(recurs)
    if wrong := problems_of_window(plan["scheduled_for"], plan["scheduled_until"], at=at):
        raise ValidationError(wrong)
    draft = Draft(
        status=MaintenanceStatus.SCHEDULED,
        body=body,
        by=by,
        at=at,
        components=dict.fromkeys(components, ComponentStatus.UNDER_MAINTENANCE),
        request_key=request_key,
        recurs=recurs,
    )
    return new_maintenance(by=by, at=at, **plan), draft


def schedule_maintenance(
    *,
    body: str,
    components: Iterable[Component],
    by: Actor,
    at: datetime,
    request_key: str | None = None,
    recurs: Recurrence | None = None,
    **plan: Unpack[Plan],
) -> IncidentUpdate:
    """Plan a maintenance and announce it. Its components stay as they are until it is in progress.

    `recurs`: it is the first of a series, whose other windows are planned with it. Raises ValidationError (by field)
    and KeyReused.
    """
    asked = drafted(body=body, components=components, by=by, at=at, request_key=request_key, recurs=recurs, **plan)
    return publish(*asked, prepare=begin_series)


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
