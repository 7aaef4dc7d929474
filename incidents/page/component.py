"""One component at its lasting address: how it is, its ninety days, and every day of them that had trouble."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ..enums import ComponentStatus
from ..models import Component
from ..uptime import PARTIAL_WEIGHT
from . import uptime
from .stories import Brand, brand
from .strip import Strip, draw
from .uptime import Bar, Mention, Trouble
from .version import Versioned


@dataclass(frozen=True, kw_only=True)
class TroubledDay:
    date: date
    status: ComponentStatus
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
    """The page of one public component as of `at`, in six queries.

    Raises Component.DoesNotExist, also for a hidden one.
    """
    row = Component.objects.public().select_related("group").get(public_id=public_id)
    site = brand()
    found = uptime.build(site, at=at)[public_id]
    lived = [bar for bar in found.bars if bar.status is not None]
    troubled = tuple(_troubled(bar) for bar in reversed(lived) if bar.troubles or bar.mentions)
    return ComponentPage(
        at=at,
        site=site,
        public_id=public_id,
        name=row.name,
        description=row.description,
        group=row.group.name if row.group else "",
        status=row.get_status(),
        strip=draw(found),
        first_day=found.bars[0].date,
        last_day=found.bars[-1].date,
        since=lived[0].date if lived and len(lived) < len(found.bars) else None,
        lost=_lost(lived),
        troubled=troubled,
        quiet=len(lived) - len(troubled),
    )


def _troubled(bar: Bar) -> TroubledDay:
    return TroubledDay(date=bar.date, status=bar.status, troubles=bar.troubles, mentions=bar.mentions)


def _lost(bars: Iterable[Bar]) -> tuple[Trouble, ...]:
    total: Counter[ComponentStatus] = Counter()
    for bar in bars:
        total.update(bar.day.by_status)
    costly = (ComponentStatus.MAJOR_OUTAGE, ComponentStatus.PARTIAL_OUTAGE)
    return tuple(Trouble(status, timedelta(seconds=round(total[status]))) for status in costly if total[status])
