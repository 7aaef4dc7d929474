"""One component at its lasting address: how it is, its ninety days, and every day of them that had trouble."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from ..enums import ComponentStatus
from ..models import Component
from ..uptime import PARTIAL_WEIGHT, Calendar, Day
from . import mentions, uptime
from .incident_views import Brand, brand
from .mentions import Mention
from .strip import Strip, draw
from .version import Versioned


class Trouble(NamedTuple):
    """The time that was spent in a state which is not operational."""

    status: ComponentStatus
    lasted: timedelta


@dataclass(frozen=True, kw_only=True)
class TroubledDay:
    date: date
    status: ComponentStatus | None
    troubles: tuple[Trouble, ...]
    mentions: tuple[Mention, ...]


@dataclass(frozen=True, kw_only=True)
class ComponentPage(Versioned):
    """`lost`: how long the days were spent in each state that costs uptime. `since`: its first day, if among them.

    `troubled`: the days that had something to tell, the newest first; `quiet` counts the others that it existed.
    """

    at: datetime
    site: Brand
    public_id: str
    name: str
    description: str
    group: str
    status: ComponentStatus
    strip: Strip | None
    first_day: date
    last_day: date
    since: date | None
    lost: tuple[Trouble, ...]
    troubled: tuple[TroubledDay, ...]
    quiet: int

    partial_weight = PARTIAL_WEIGHT
    states = tuple(ComponentStatus)


def build(public_id: str, *, at: datetime) -> ComponentPage:
    """The page of one public component as of `at`, in four queries.

    Raises Component.DoesNotExist, also for a hidden one.
    """
    site = brand()
    chosen = Component.objects.public().filter(public_id=public_id).select_related("group")
    if not (found := uptime.build(chosen, site, at=at)):
        raise Component.DoesNotExist
    (row, counted) = found[0]
    calendar = Calendar(now=at, zone=site.zone, count=uptime.DAYS)
    lived = counted.days[counted.unborn :]
    troubled = tuple(_troubled(counted, mentions.by_day(row, calendar, at=at)))
    return ComponentPage(
        at=at,
        site=site,
        public_id=public_id,
        name=row.name,
        description=row.description,
        group=row.group.name if row.group else "",
        status=row.get_status(),
        strip=draw(counted),
        first_day=counted.days[0].date,
        last_day=counted.days[-1].date,
        since=lived[0].date if lived and counted.unborn else None,
        lost=_lost(lived),
        troubled=troubled,
        quiet=len(lived) - len(troubled),
    )


def _troubled(counted: uptime.Uptime, mentioned: Mapping[int, Sequence[Mention]]) -> Iterator[TroubledDay]:
    for index in range(len(counted.days) - 1, counted.unborn - 1, -1):
        day, touched_by = counted.days[index], tuple(mentioned.get(index, ()))
        if (troubles := _troubles(day)) or touched_by:
            yield TroubledDay(date=day.date, status=day.status, troubles=troubles, mentions=touched_by)


def _troubles(day: Day) -> tuple[Trouble, ...]:
    """Return the states of that day besides operational, the worst first."""
    lasted = [(status, seconds) for status, seconds in day.by_status.items() if status != ComponentStatus.OPERATIONAL]
    lasted.sort(key=lambda trouble: -trouble[0].rank)
    return tuple(Trouble(status, timedelta(seconds=round(seconds))) for status, seconds in lasted)


def _lost(days: Iterable[Day]) -> tuple[Trouble, ...]:
    total: Counter[ComponentStatus] = Counter()
    for day in days:
        total.update(day.by_status)
    costly = (ComponentStatus.MAJOR_OUTAGE, ComponentStatus.PARTIAL_OUTAGE)
    return tuple(Trouble(status, timedelta(seconds=round(total[status]))) for status in costly if total[status])
