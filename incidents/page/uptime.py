"""Ninety days of every public component: how each day went, what happened on it, and the percentage."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import floor
from typing import NamedTuple

from django.db.models import OuterRef, Q, QuerySet, Subquery

from ..enums import ComponentStatus, MaintenanceStatus
from ..models import Component, Incident, IncidentComponent, StatusChange
from ..uptime import Calendar, Changes, Day, percentage
from .stories import Brand

DAYS = 90


class Mention(NamedTuple):
    """An incident or a maintenance that touched the component, and how badly."""

    public_id: str
    url: str
    title: str
    is_maintenance: bool
    status: ComponentStatus


class Trouble(NamedTuple):
    """How long a day was spent in a state that is not operational."""

    status: ComponentStatus
    lasted: timedelta


class Bar(NamedTuple):
    """One day of one component, and what touched it that day, the oldest first."""

    day: Day
    mentions: tuple[Mention, ...]

    @property
    def date(self) -> date:
        return self.day.date

    @property
    def status(self) -> ComponentStatus | None:
        """The worst of the day; None before the component existed."""
        return self.day.worst if self.day.by_status else None

    @property
    def troubles(self) -> tuple[Trouble, ...]:
        """What it was besides operational, the worst first."""
        lasted = [(status, n) for status, n in self.day.by_status.items() if status != ComponentStatus.OPERATIONAL]
        lasted.sort(key=lambda trouble: -trouble[0].rank)
        return tuple(Trouble(status, timedelta(seconds=round(seconds))) for status, seconds in lasted)


@dataclass(frozen=True, slots=True)
class Uptime:
    """`bars`, oldest first, today last; `percent`: None where the component did not exist yet."""

    bars: tuple[Bar, ...]
    percent: float | None

    @property
    def shown(self) -> str:
        """The percentage with two decimals, never rounded up: 100 is said only of what never failed."""
        if self.percent is None:
            return ""
        return "100" if self.percent == 100 else f"{floor(self.percent * 100) / 100:.2f}"


def build(site: Brand, *, at: datetime, count: int = DAYS) -> Mapping[str, Uptime]:
    """The last `count` days up to `at`, in the page's zone, of every public component by its public_id.

    Four queries, whatever happened.
    """
    calendar = Calendar(now=at, zone=site.zone, count=count)
    changes = _changes(calendar.begins_at)
    mentions = _mentions(calendar, at)
    found = {}
    for row in _components(calendar.begins_at):
        before = [(calendar.begins_at, row.state_before)] if row.state_before else []
        days = calendar.days(before + changes[row.pk], since=_since(row, site))
        found[row.public_id] = Uptime(bars=_bars(days, mentions.get(row.pk, {})), percent=percentage(days))
    return found


def _components(begin: datetime) -> QuerySet[Component]:
    earlier = StatusChange.objects.filter(component=OuterRef("pk"), at__lt=begin).order_by("-at", "-id")
    return Component.objects.public().annotate(state_before=Subquery(earlier.values("status")[:1]))


def _changes(begin: datetime) -> Mapping[int, Changes]:
    changes = defaultdict(list)
    rows = StatusChange.objects.filter(component__in=Component.objects.public(), at__gte=begin).order_by("at", "id")
    for component_id, at, status in rows.values_list("component_id", "at", "status"):
        changes[component_id].append((at, status))
    return changes


def _since(row: Component, site: Brand) -> datetime:
    return datetime.combine(row.start_date, time(), site.zone) if row.start_date else row.created_at


def _mentions(calendar: Calendar, at: datetime) -> Mapping[int, Mapping[int, list[Mention]]]:
    """By component and number of the day, the oldest first."""
    incidents = list(_lasting_since(calendar.begins_at))
    touched = _touched(incidents)
    found = defaultdict(lambda: defaultdict(list))
    for incident in incidents:
        begin, end = incident.scheduled_for or incident.started_at, incident.resolved_at or at
        lasted = range(max(calendar.index(begin), 0), calendar.index(max(begin, end)) + 1)
        url = incident.get_absolute_url()
        for component_id, status in touched[incident.pk]:
            mention = _mention(incident, url, status)
            for index in lasted:
                found[component_id][index].append(mention)
    return found


def _lasting_since(begin: datetime) -> QuerySet[Incident]:
    """What lasted until after `begin`, was not merely planned and not called off."""
    planned = Q(status__in=(MaintenanceStatus.SCHEDULED, MaintenanceStatus.CANCELLED))
    lasting = Q(resolved_at=None) | Q(resolved_at__gte=begin)
    public = Incident.all_kinds.public().filter(lasting).exclude(planned).order_by("started_at", "id")
    return public.only("public_id", "kind", "title", "started_at", "scheduled_for", "resolved_at")


def _touched(incidents: Sequence[Incident]) -> Mapping[int, list[tuple[int, str]]]:
    """Which components each of `incidents` touched, and how badly; hidden ones too, which nobody asks for."""
    touched = defaultdict(list)
    rows = IncidentComponent.objects.filter(incident__in=[incident.pk for incident in incidents])
    for incident_id, component_id, status in rows.order_by().values_list("incident_id", "component_id", "status"):
        touched[incident_id].append((component_id, status))
    return touched


def _mention(incident: Incident, url: str, status: str) -> Mention:
    return Mention(
        public_id=incident.public_id,
        url=url,
        title=incident.title,
        is_maintenance=incident.is_maintenance,
        status=ComponentStatus(status),
    )


def _bars(days: Iterable[Day], mentions: Mapping[int, Sequence[Mention]]) -> tuple[Bar, ...]:
    return tuple(Bar(day, tuple(mentions.get(index, ()))) for index, day in enumerate(days))
