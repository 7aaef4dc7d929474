"""Uptime: pure arithmetic over the kept status changes, by day of the page's zone.

Uptime of a span = 1 - (major seconds + 0.3 x partial seconds) / seconds. Degraded performance and maintenance count
nothing; time before the component existed is left out of both sides.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from operator import attrgetter
from typing import NamedTuple
from zoneinfo import ZoneInfo

from .enums import ComponentStatus
from .status import worst

PARTIAL_WEIGHT = 0.3
Date = date  # where a field of that name hides it
Changes = Iterable[tuple[float, ComponentStatus]]  # in order of time, as seconds since 1970


class Day(NamedTuple):
    """One day of one component. `seconds` is how long it existed that day, `status` the worst that it saw.

    Before it existed there is no second, no state (`by_status` is empty), and no `status`.
    """

    date: date
    seconds: float
    by_status: Mapping[ComponentStatus, float]
    status: ComponentStatus | None
    lost_seconds: float

    @classmethod
    def of(cls, day: Date, by_status: Mapping[ComponentStatus, float]) -> "Day":
        """The day of which so many seconds were spent in each state."""
        partial = by_status.get(ComponentStatus.PARTIAL_OUTAGE, 0.0)
        lost = by_status.get(ComponentStatus.MAJOR_OUTAGE, 0.0) + PARTIAL_WEIGHT * partial
        return cls(day, sum(by_status.values()), by_status, worst(by_status) if by_status else None, lost)


def percentage(days: Sequence[Day]) -> float | None:
    """Uptime over `days` in percent; None where the component did not exist yet."""
    seconds = sum(map(attrgetter("seconds"), days))
    lost = sum(map(attrgetter("lost_seconds"), days))
    return 100 * (1 - lost / seconds) if seconds else None


def by_day(
    changes: Iterable[tuple[datetime, ComponentStatus]],
    *,
    since: datetime,
    now: datetime,
    zone: ZoneInfo,
    count: int = 90,
) -> list[Day]:
    """The last `count` days up to `now`, oldest first, from `changes` in order of time.

    `since`: when the component began to exist; it was operational until its first change.
    """
    seconds = ((at.timestamp(), status) for at, status in changes)
    return Calendar(now=now, zone=zone, count=count).days(seconds, since=since)


class Calendar:
    """The last `count` days up to `now` in `zone`, made once for all components of a page.

    Works in seconds since 1970: differences of aware times in one zone ignore its clock changes. Days spent in one
    state from end to end are the same objects for every component.
    """

    def __init__(self, *, now: datetime, zone: ZoneInfo, count: int = 90):
        today = now.astimezone(zone).date()
        self.now = now.timestamp()
        self.dates = [today - timedelta(days=back) for back in range(count - 1, -1, -1)]
        midnights = [datetime.combine(day, time(), zone) for day in (*self.dates, today + timedelta(days=1))]
        self.begins_at = midnights[0]
        self.starts = [midnight.timestamp() for midnight in midnights[:-1]]
        self.ends = [min(midnight.timestamp(), self.now) for midnight in midnights[1:]]
        self._whole: dict[ComponentStatus, list[Day]] = {}
        self._before_it_existed = [Day.of(date, {}) for date in self.dates]

    def index(self, at: datetime) -> int:
        """The number of the day that `at` is in, 0 for the oldest; -1 before that."""
        return bisect_right(self.starts, at.timestamp()) - 1

    def days(self, changes: Changes, *, since: datetime) -> list[Day]:
        """See `by_day`."""
        days = self._before_it_existed.copy()
        mixed: dict[int, dict[ComponentStatus, float]] = {}
        for begin, end, status in self._spans(changes, max(since.timestamp(), self.starts[0])):
            first, after = bisect_left(self.starts, begin), bisect_right(self.ends, end)
            if first > after:  # it began and ended on the same day
                _add(mixed, after, status, end - begin)
                continue
            days[first:after] = self._spent_in(status)[first:after]
            if first and begin < self.ends[first - 1]:
                _add(mixed, first - 1, status, self.ends[first - 1] - begin)
            if after < len(days) and end > self.starts[after]:
                _add(mixed, after, status, end - self.starts[after])
        for index, by_status in mixed.items():
            days[index] = Day.of(self.dates[index], by_status)
        return days

    def _spent_in(self, status: ComponentStatus) -> list[Day]:
        """Every day, from end to end in one state."""
        if status not in self._whole:
            lengths = (end - start for start, end in zip(self.starts, self.ends, strict=True))
            self._whole[status] = [Day.of(date, {status: n}) for date, n in zip(self.dates, lengths, strict=True)]
        return self._whole[status]

    def _spans(self, changes: Changes, begin: float) -> Iterator[tuple[float, float, ComponentStatus]]:
        """(begin, end, status) from `begin` to now without gaps."""
        status = ComponentStatus.OPERATIONAL
        for at, after in changes:
            if at >= self.now:
                break
            if at > begin:
                yield begin, at, status
                begin = at
            status = after
        if self.now > begin:
            yield begin, self.now, status


def _add(mixed: dict[int, dict[ComponentStatus, float]], index: int, status: ComponentStatus, seconds: float) -> None:
    by_status = mixed.setdefault(index, {})
    by_status[status] = by_status.get(status, 0.0) + seconds
