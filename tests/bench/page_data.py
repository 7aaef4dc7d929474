"""A large page's past, the same at every run: many components in groups, years of incidents, all of it public."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count, islice, pairwise
from random import Random

from incidents.actions import publishing, scheduling
from incidents.enums import ComponentStatus, Impact, IncidentStatus, Kind, MaintenanceStatus, Severity
from incidents.models import (
    Announcement,
    Component,
    ComponentGroup,
    Incident,
    IncidentComponent,
    IncidentUpdate,
    Maintenance,
    Site,
    StatePeriod,
    StatusChange,
)

YEARS = 5
AT_ONCE = 500  # incidents written together
_SAID = "Requests to some regions are slow: we found the cause, roll back the deploy, and see fewer errors now."
_LIFE = tuple(IncidentStatus(status) for status in ("investigating", "identified", "monitoring", "resolved"))
_WORK = tuple(MaintenanceStatus(status) for status in ("scheduled", "in_progress", "verifying", "completed"))
_STATES = tuple(status for status in ComponentStatus if status != ComponentStatus.OPERATIONAL)


def make(*, at: datetime, components: int = 200, groups: int = 20, incidents: int = 10_000, seed: int = 1) -> None:
    """Fill an empty database with a past that ends at `at`: of ten incidents one is a maintenance.

    Each has four updates and two components, whose state moves five times; three more incidents and a maintenance
    are open, and two maintenances are planned.
    """
    random = Random(seed)
    Site.load()
    Site.objects.update(name="Northwind", time_zone="Europe/Berlin")
    parts = _components(components, groups, random, since=at - timedelta(days=366 * YEARS))
    starts = sorted(at - timedelta(days=1 + random.random() * 365 * YEARS) for _ in range(incidents))
    past = (_Past(incident=number, starts_at=start) for number, start in zip(count(1), starts, strict=False))
    while some := list(islice(past, AT_ONCE)):
        _write(some, parts, random)
    _present(parts, random, at)


def _components(number: int, groups: int, random: Random, *, since: datetime) -> list[Component]:
    homes = ComponentGroup.objects.bulk_create(
        ComponentGroup(name=f"Region {n}", position=n) for n in range(1, groups + 1)
    )
    return Component.objects.bulk_create(
        Component(
            name=f"Service {n + 1}",
            description=_text(random, 8) if n % 3 == 0 else "",
            group=homes[n % groups] if homes else None,
            position=n,
            start_date=since.date(),
            created_at=since,
        )
        for n in range(number)
    )


@dataclass
class _Past:
    """One thing that is over, with the rows that tell it."""

    incident: int | Incident
    starts_at: datetime
    updates: list[IncidentUpdate] = field(default_factory=list)
    affected: list[IncidentComponent] = field(default_factory=list)
    changes: list[StatusChange] = field(default_factory=list)

    @property
    def periods(self) -> Iterator[StatePeriod]:
        """The periods that its changes come from."""
        for one, other in pairwise(self.changes):
            if one.component_id == other.component_id and one.status != ComponentStatus.OPERATIONAL:
                values = {"status": one.status, "began_at": one.at, "ended_at": other.at}
                yield StatePeriod(component=one.component, incident=self.incident, **values)


def _write(some: list[_Past], parts: list[Component], random: Random) -> None:
    for one in some:
        _tell(one, parts, random)
    Incident.all_kinds.bulk_create(one.incident for one in some)
    IncidentUpdate.objects.bulk_create(update for one in some for update in one.updates)
    IncidentComponent.objects.bulk_create(row for one in some for row in one.affected)
    StatusChange.objects.bulk_create(row for one in some for row in one.changes)
    StatePeriod.objects.bulk_create(row for one in some for row in one.periods)
    Announcement.objects.bulk_create(
        _announcement(one, number, update) for one in some for number, update in enumerate(one.updates)
    )


def _tell(one: _Past, parts: list[Component], random: Random) -> None:
    is_work = one.incident % 10 == 0
    moments = [one.starts_at, *(one.starts_at + timedelta(minutes=m) for m in sorted(random.sample(range(5, 240), 3)))]
    one.incident = _incident(one.incident, moments, is_work=is_work)
    for component in random.sample(parts, 2):
        states = [ComponentStatus.UNDER_MAINTENANCE] if is_work else random.sample(_STATES, 4)
        one.affected.append(IncidentComponent(incident=one.incident, component=component, status=states[-1]))
        one.changes += _changes(component, states, moments[0], moments[-1], one.incident)
    for status, moment in zip(_WORK if is_work else _LIFE, moments, strict=True):
        one.updates.append(_update(one, status, moment, _text(random, 40)))


def _incident(number: int, moments: list[datetime], *, is_work: bool) -> Incident:
    window = {"scheduled_for": moments[1], "scheduled_until": moments[-1]} if is_work else {}
    return Incident(
        kind=Kind.MAINTENANCE if is_work else Kind.INCIDENT,
        title=f"Trouble number {number}",
        status=MaintenanceStatus.COMPLETED if is_work else IncidentStatus.RESOLVED,
        impact=Impact.MAINTENANCE if is_work else Impact.MAJOR,
        started_at=moments[0],
        resolved_at=moments[-1],
        created_at=moments[0],
        updated_at=moments[-1],
        **window,
    )


def _changes(component, states, begin: datetime, end: datetime, incident) -> Iterator[StatusChange]:
    step = (end - begin) / len(states)
    for number, status in enumerate([*states, ComponentStatus.OPERATIONAL]):
        yield StatusChange(component=component, status=status, at=begin + number * step, incident=incident)


def _update(one: _Past, status: str, at: datetime, body: str) -> IncidentUpdate:
    states = [ComponentStatus.OPERATIONAL, *(ComponentStatus.PARTIAL_OUTAGE for _ in range(2))]
    moves = list(pairwise([*states, ComponentStatus.OPERATIONAL]))[min(len(one.updates), 2)]
    return IncidentUpdate(
        incident=one.incident,
        status=status,
        body=body,
        body_html=f"<p>{body}</p>",
        display_at=at,
        created_at=at,
        affected_components=[
            {
                "code": row.component.public_id,
                "name": row.component.name,
                "old_status": moves[0],
                "new_status": moves[1],
            }
            for row in one.affected
        ],
    )


def _announcement(one: _Past, number: int, update: IncidentUpdate) -> Announcement:
    incident = one.incident
    return Announcement(
        update=update,
        incident=incident,
        kind=incident.kind,
        title=incident.title,
        status=update.status,
        severity=incident.severity,
        impact=incident.impact,
        body=update.body,
        body_html=update.body_html,
        components=[{"id": row.component_id, "name": row.component.name, "status": row.status} for row in one.affected],
        is_first=number == 0,
        published_at=update.display_at,
    )


def _present(parts: list[Component], random: Random, at: datetime) -> None:
    """What is open and planned, through the actions."""
    for number in range(3):
        affected = dict.fromkeys(random.sample(parts, 3), _STATES[-1 - number])
        opened = publishing.open_incident(
            title=f"Open trouble {number + 1}",
            severity=Severity.P2,
            body=_text(random, 40),
            components=affected,
            by=None,
            at=at - timedelta(hours=3 + number),
            next_update_at=at + timedelta(minutes=30),
        )
        _post(opened.incident, IncidentStatus.MITIGATING, at - timedelta(hours=1), random)
    for number in range(3):
        planned = scheduling.schedule_maintenance(
            title=f"Planned work {number + 1}",
            body=_text(random, 40),
            components=random.sample(parts, 2),
            scheduled_for=at + timedelta(days=number, hours=-1),
            scheduled_until=at + timedelta(days=number, hours=2),
            by=None,
            at=at - timedelta(days=2),
        )
        if number == 0:
            _post(planned.incident, MaintenanceStatus.IN_PROGRESS, at - timedelta(hours=1), random)


def _post(incident: Incident | Maintenance, status: str, at: datetime, random: Random) -> None:
    publishing.post_update(incident=incident, status=status, body=_text(random, 40), by=None, at=at)


def _text(random: Random, words: int) -> str:
    return " ".join(random.choices(_SAID.split(), k=words)).capitalize()
