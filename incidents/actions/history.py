"""Keeping what is over: closed incidents and maintenances of the past. Announces nothing, sends nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from statuspage.lib import markdown
from statuspage.lib.ids import public_id

from ..enums import CLOSED, ComponentStatus, Impact, IncidentStatus, MaintenanceStatus, Severity, is_in_force
from ..models import Component, Incident, IncidentComponent, IncidentUpdate, Maintenance, Site, StatePeriod
from .composing import said_of
from .naming import NamedComponents
from .periods import retell


@dataclass(frozen=True, kw_only=True)
class PastUpdate:
    at: datetime
    status: str
    body: str


@dataclass(frozen=True, kw_only=True)
class PastIncident:
    """An incident that is over. `updates` oldest first; `window` makes it a maintenance; `components` by name.

    `downtime` is when the components were as bad as said, where that is known to differ from the incident.
    """

    title: str
    severity: Severity
    impact: Impact
    started_at: datetime
    resolved_at: datetime
    updates: Sequence[PastUpdate]
    components: Mapping[str, ComponentStatus] = field(default_factory=dict)
    window: tuple[datetime, datetime] | None = None
    downtime: tuple[datetime, datetime] | None = None
    public_id: str = field(default_factory=public_id)
    source_id: str | None = None

    @property
    def status(self) -> str:
        """How it ended; its last word where that says so."""
        last = self.updates[-1].status
        if last in CLOSED:
            return last
        return MaintenanceStatus.COMPLETED if self.window else IncidentStatus.RESOLVED


@transaction.atomic
def keep(past: PastIncident, named: NamedComponents | None = None) -> Incident:
    """Write a past incident with its timeline and the status changes of its components.

    `named` finds the components; without it, unknown ones are created. Raises NotOneComponent. No component's present
    state changes, and the page version is the caller's to raise.
    """
    named = named or NamedComponents(create=True)
    found = named.find(past.components, since=Site.load().day_of(past.started_at))
    components = dict(zip(found, past.components.values(), strict=True))
    incident = _save_incident(past)
    IncidentComponent.objects.bulk_create(
        IncidentComponent(incident=incident, component=component, status=status)
        for component, status in components.items()
    )
    _save_updates(incident, past, components)
    begin, end = past.window or past.downtime or (past.started_at, past.resolved_at)
    for component, status in components.items():
        lay_over(component, status, begin=begin, end=end, incident=incident)
    return incident


def lay_over(
    component: Component, status: ComponentStatus, *, begin: datetime, end: datetime, incident: Incident
) -> None:
    """Write into a component's past that it was at least as bad as `status` from `begin` until `end`.

    Where it was worse already, that stays: the worst of what overlaps holds at every moment, in whatever order the
    incidents come in.
    """
    if begin >= end or status == ComponentStatus.OPERATIONAL:
        return
    StatePeriod.objects.create(component=component, incident=incident, status=status, began_at=begin, ended_at=end)
    retell([component.pk], begin=begin, end=end)
    _counts_from(component, begin)


def keep_first_days() -> None:
    """Let the first day hold the first trouble again after a change of the page's zone, which moves the beginning of
    each day."""
    for component in Component.objects.exclude(start_date=None):
        if first := component.status_changes.first():
            _counts_from(component, first.at)


def _counts_from(component: Component, at: datetime) -> None:
    """A moment with known trouble is one at which the component existed: uptime must not leave it out.

    It counts from the midnight of its first day in the page's zone.
    """
    day = Site.load().day_of(at)
    later = Q(start_date__gt=day) | Q(start_date=None, created_at__gt=at)
    Component.objects.filter(later, pk=component.pk).update(start_date=day)


def _save_incident(past: PastIncident) -> Incident:
    scheduled_for, scheduled_until = past.window or (None, None)
    model = Maintenance if past.window else Incident
    return model.objects.create(
        public_id=past.public_id,
        source_id=past.source_id,
        title=past.title,
        status=past.status,
        severity=past.severity,
        impact=past.impact,
        started_at=past.started_at,
        monitoring_at=next((u.at for u in past.updates if u.status == IncidentStatus.MONITORING), None),
        resolved_at=past.resolved_at,
        scheduled_for=scheduled_for,
        scheduled_until=scheduled_until,
        created_at=past.started_at,
        updated_at=max(past.resolved_at, past.updates[-1].at),
    )


def _save_updates(incident: Incident, past: PastIncident, components: Mapping[Component, ComponentStatus]) -> None:
    before: dict[int, str] = {}
    rows = []
    for update in past.updates:
        states = _states(update, components)
        public = {component: state for component, state in states.items() if component.is_public}
        rows.append(
            IncidentUpdate(
                incident=incident,
                status=update.status,
                body=update.body,
                body_html=markdown.render(update.body),
                display_at=update.at,
                created_at=update.at,
                affected_components=said_of(public, before),
            )
        )
        before = {component.pk: state for component, state in states.items()}
    IncidentUpdate.objects.bulk_create(rows)


def _states(update: PastUpdate, components: Mapping[Component, ComponentStatus]) -> dict[Component, ComponentStatus]:
    """Return what the update says of the components: fine before the work begins and once it is over."""
    return dict(components) if is_in_force(update.status) else dict.fromkeys(components, ComponentStatus.OPERATIONAL)
