"""The rule by which planned work recurs (RFC 5545, 3.3.10), and the windows that it makes.

A rule counts in the wall time of its zone. A time that the clocks leave out is the time after it (3.3.5): what recurs
at 02:30 is late on that day, and not left out, as 3.3.10 would have it. A window also ends by the wall clock; where a
change of clocks leaves nothing of it, it lasts as long as on other days. Calendars disagree on that end where they are
given a rule (see findings/), so they are given windows.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import islice, pairwise
from typing import ClassVar, Self

from dateutil.rrule import rrulestr
from django.core.exceptions import ValidationError

from statuspage.lib.local_time import instant

LONGEST_RULE = 200  # characters
_FREQUENCIES = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY")
_DAY = r"[+-]?[1-5]?(?:MO|TU|WE|TH|FR|SA|SU)"


def _numbers(one: str) -> str:
    return rf"{one}(?:,{one}){{0,30}}"


# What a rule may say, each at most once: every other part, and every number out of its range, is refused.
_PARTS = {
    "FREQ": "|".join(_FREQUENCIES),
    "INTERVAL": r"[1-9]\d{0,2}",
    "COUNT": r"[1-9]\d{0,2}",
    "UNTIL": r"\d{8}(?:T\d{6}Z?)?",
    "BYMONTH": _numbers(r"(?:1[0-2]|0?[1-9])"),
    "BYMONTHDAY": _numbers(r"[+-]?(?:3[01]|[12]\d|0?[1-9])"),
    "BYDAY": _numbers(_DAY),
    "BYHOUR": _numbers(r"(?:2[0-3]|[01]?\d)"),
    "BYMINUTE": r"[0-5]?\d",
    "BYSETPOS": _numbers(r"[+-]?[1-9]\d?"),
    "WKST": "MO|TU|WE|TH|FR|SA|SU",
}
_ALL_PARTS = ", ".join(_PARTS)


@dataclass(frozen=True)
class Occurrence:
    """One window of a series. `start` is its original start in the zone's wall time: with the series its lasting key,
    wherever the window is moved."""

    start: datetime
    begins: datetime
    ends: datetime

    @property
    def key(self) -> str:
        return self.key_of(self.start)

    @staticmethod
    def key_of(start: datetime) -> str:
        """ "2027-03-07T02:00"."""
        return start.isoformat(timespec="minutes")


@dataclass(frozen=True)
class Recurrence:
    """What recurs: the first window in wall time, both ends naive, the rule, without "RRULE:", and the starts at which
    it does not take place (EXDATE)."""

    FURTHEST: ClassVar[timedelta] = timedelta(days=366 * 8 + 2)  # a leap day comes back after eight years at most

    zone: tzinfo
    start: datetime
    end: datetime
    rule: str
    without: frozenset[datetime] = frozenset()

    @classmethod
    def of_window(
        cls, begins: datetime, ends: datetime, zone: tzinfo, rule: str, without: frozenset[datetime] = frozenset()
    ) -> Self:
        """Return the recurrence of a window that is given by its instants, in whole minutes: a rule counts no less.

        `rule` as it is typed, or pasted from a calendar with its name in front.
        """
        start, end = (one.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0) for one in (begins, ends))
        return cls(zone, start, end, rule.strip().upper().removeprefix("RRULE:"), without)

    @property
    def furthest(self) -> datetime:
        """The moment up to which it is looked at when it is planned."""
        return instant(self.start, self.zone) + self.FURTHEST

    def windows(self, *, after: datetime, before: datetime) -> Iterator[Occurrence]:
        """Yield those that begin after `after` and before `before`, by their begin; two that a change of clocks puts at
        one moment are one."""
        last: datetime | None = None
        for start in self._starts(before):
            if start in self.without:
                continue
            one = self._window(start)
            if one.begins >= before:
                return
            if one.begins > after and one.begins != last:
                last = one.begins
                yield one

    def _window(self, start: datetime) -> Occurrence:
        begins, ends = instant(start, self.zone), instant(start + self.lasts, self.zone)
        return Occurrence(start, begins, ends if ends > begins else begins + self.lasts)

    @property
    def lasts(self) -> timedelta:
        return self.end - self.start

    def _starts(self, before: datetime) -> Iterator[datetime]:
        """Yield the starts in wall time. Nothing is looked for beyond `before`, which a rule that finds nothing never
        reaches by itself; COUNT is ours, because dateutil takes no end beside it."""
        parts = _parts(self.rule)
        count, until = parts.pop("COUNT", None), parts.pop("UNTIL", None)
        end = before.astimezone(self.zone).replace(tzinfo=None) + timedelta(days=1)
        rule = rrulestr(";".join(f"{name}={value}" for name, value in parts.items()), dtstart=self.start)
        last = min(end, _end(until, self.zone)) if until else end
        yield from islice(rule.replace(until=last), int(count) if count else None)


def check(recurrence: Recurrence) -> None:
    """Raises ValidationError, by field, for a rule that says what no planned work does."""
    _refuse_what_is_no_rule(recurrence.rule)
    if recurrence.lasts <= timedelta():
        raise ValidationError({"scheduled_until": "The window must end after it begins."})
    limit = recurrence.furthest
    found = list(islice(recurrence.windows(after=datetime.min.replace(tzinfo=UTC), before=limit), 400))
    if len(found) < 2:
        raise ValidationError({"rrule": "By this rule it takes place once at most; leave the rule out, or change it."})
    if found[0].start != recurrence.start:
        first = found[0].start
        raise ValidationError({"rrule": f"By this rule it first begins on {first:%A, %Y-%m-%d at %H:%M}; begin there."})
    _refuse_what_hits_nothing(recurrence, limit)
    for one, following in pairwise(found):
        if following.begins < one.ends:
            raise ValidationError({"rrule": f"The window of {one.start:%Y-%m-%d %H:%M} would last into the next one."})


def _refuse_what_hits_nothing(recurrence: Recurrence, limit: datetime) -> None:
    starts = set(recurrence._starts(limit)) if recurrence.without else set()
    for start in sorted(recurrence.without - starts):
        raise ValidationError({"exdate": f"It would not begin on {start:%A, %Y-%m-%d at %H:%M} anyway."})


def read_start(typed: str) -> datetime:
    """Return the start that is left out, "2027-12-26 02:00" in wall time. Raises ValidationError for what is none."""
    try:
        start = datetime.fromisoformat(typed)
    except ValueError:
        start = None
    if start is None or start.tzinfo or start.second:
        raise ValidationError({"exdate": f"“{typed[:40]}” is no start; write it like 2027-12-26 02:00."})
    return start


def _refuse_what_is_no_rule(text: str) -> None:
    parts = _parts(text)
    if len(text) > LONGEST_RULE or "FREQ" not in parts or len(parts) != text.count(";") + 1:
        raise ValidationError({"rrule": "Say how often, such as FREQ=WEEKLY;BYDAY=SU, each part once."})
    for name, value in parts.items():
        _refuse_part(name, value)
    if "COUNT" in parts and "UNTIL" in parts:
        raise ValidationError({"rrule": "Give COUNT or UNTIL, not both."})


def _refuse_part(name: str, value: str) -> None:
    if name == "FREQ" and value in ("MINUTELY", "SECONDLY"):
        raise ValidationError({"rrule": "Nothing is planned more often than hourly."})
    if name not in _PARTS:
        raise ValidationError({"rrule": f"{name[:20]} is nothing that a rule here may say; it may say {_ALL_PARTS}."})
    if not re.fullmatch(_PARTS[name], value) or (name == "UNTIL" and not _is_time(value)):
        raise ValidationError({"rrule": f"{name} cannot be “{value[:40]}”."})


def _parts(text: str) -> dict[str, str]:
    """Return the parts of a rule by name; of two with one name the last."""
    return {name: value for name, _, value in (part.partition("=") for part in text.upper().split(";"))}


def _is_time(text: str) -> bool:
    try:
        return bool(_end(text, UTC))
    except (ValueError, OverflowError):
        return False


def _end(text: str, zone: tzinfo) -> datetime:
    """Return the last wall time that an UNTIL lets through: the whole day where it names a day.

    Raises ValueError for a day that there is not.
    """
    if "T" not in text:
        return datetime.strptime(text, "%Y%m%d") + timedelta(days=1, seconds=-1)
    end = datetime.strptime(text.rstrip("Z"), "%Y%m%dT%H%M%S")
    return end.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None) if text.endswith("Z") else end
