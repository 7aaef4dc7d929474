"""Ninety days of components: how each day went, and the percentage."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from math import floor
from typing import TYPE_CHECKING, TypeAlias, TypedDict
from zoneinfo import ZoneInfo

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.formats import number_format

from statuspage.lib.seconds import Seconds

from ..enums import ComponentStatus
from ..models import Component, StatusChange
from ..uptime import Calendar, Changes, Day, percentage
from .incident_views import Brand

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations


class Before(TypedDict):
    """The column that `_with_state_before` adds."""

    state_before: str | None


WithBefore: TypeAlias = "WithAnnotations[Component, Before]"

DAYS = 90


@dataclass(frozen=True, slots=True)
class Uptime:
    """`days`, oldest first, today last; `percent`: None where the component did not exist yet."""

    days: tuple[Day, ...]
    percent: float | None

    @property
    def shown(self) -> str:
        """The percentage with two decimals, never rounded up; empty where a reader would take it for a lie.

        100 is said only of what worked all the time, and for longer than today: what is degraded has lost nothing by
        the formula, and what is a minute old had no time to.
        """
        if self.percent is None or (self.percent == 100 and not self._worked_all_the_time):
            return ""
        return "100" if self.percent == 100 else number_format(floor(self.percent * 100) / 100, 2)

    @property
    def is_new(self) -> bool:
        """True for a component that exists since today."""
        return self.unborn >= len(self.days) - 1

    @property
    def _worked_all_the_time(self) -> bool:
        return not self.is_new and all(day.status in (None, ComponentStatus.OPERATIONAL) for day in self.days)

    @property
    def unborn(self) -> int:
        """How many of the days it did not exist yet."""
        return next((index for index, day in enumerate(self.days) if day.status is not None), len(self.days))


def build(
    components: QuerySet[Component], site: Brand, *, at: datetime, count: int = DAYS
) -> list[tuple[Component, Uptime]]:
    """Return each of `components`, in their order, with its last `count` days up to `at` in the page's zone.

    Two queries, whatever happened.
    """
    calendar = Calendar(now=at, zone=site.zone, count=count)
    rows = list(_with_state_before(components, calendar.begins_at))
    changes = _changes(components, calendar.begins_at)
    return [(row, _uptime(row, changes, calendar, site)) for row in rows]


def _uptime(row: WithBefore, changes: Mapping[int, Changes], calendar: Calendar, site: Brand) -> Uptime:
    before = [(calendar.starts[0], ComponentStatus(row.state_before))] if row.state_before else []
    days = calendar.days([*before, *changes[row.pk]], since=since(row, site.zone))
    return Uptime(days=tuple(days), percent=percentage(days))


def _with_state_before(components: QuerySet[Component], begin: datetime) -> QuerySet[WithBefore]:
    earlier = StatusChange.objects.filter(component=OuterRef("pk"), at__lt=begin).order_by("-at", "-id")
    return components.annotate(state_before=Subquery(earlier.values("status")[:1]))


def _changes(components: QuerySet[Component], begin: datetime) -> Mapping[int, Changes]:
    changes = defaultdict(list)
    states = {str(status): status for status in ComponentStatus}
    rows = StatusChange.objects.filter(component__in=components.order_by(), at__gte=begin).order_by("at", "id")
    for component_id, at, status in rows.values_list("component_id", Seconds("at"), "status"):
        changes[component_id].append((at, states[status]))
    return changes


def since(row: Component, zone: ZoneInfo) -> datetime:
    """Return the moment from which its uptime counts."""
    return datetime.combine(row.start_date, time(), zone) if row.start_date else row.created_at
