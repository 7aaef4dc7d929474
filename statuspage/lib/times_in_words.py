"""Times as people write them in a sentence: "by 06:45 UTC", "6:45 am on Monday", "in half an hour", "17:00-17:30 PT".

What it cannot read with certainty it does not read: a price, a version, a zone that nobody knows.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise

from .days_in_words import DAY, day_of
from .zones_in_words import ZONE, instant

_BEFORE = (
    r"by|at\s+the\s+latest|at|before|around|about|circa|until|till|from|between|to|and|on|(?:no|not)\s+later\s+than"
)
_UNITS = r"percent|points?|times|ms|s|sec|seconds|minutes|[kmgt]i?b|usd|eur|gbp|million|thousand"
_CLOCK = rf"""
    (?:(?<=\d\d\d\d-\d\d-\d\dT)|(?<![\w.:$€£\#@/+]))
    (?:
        (?P<hour>[01]?\d|2[0-4])(?P<point>[:.h])(?P<minute>[0-5]\d)(?::[0-5]\d)?(?![\d:%])(?!\.\d)(?!\s?(?:[%€$£]|(?:{_UNITS})\b))
            (?:\s?(?P<half>[ap])(?:m\b|\.m\b\.?)|\s?(?:h|hrs|uhr)\b)?
      | (?P<hour_of_half>1[0-2]|0?[1-9])\s?(?P<its_half>[ap])(?:m\b|\.m\b\.?)
      | (?P<hour_of_range>\d\d?)(?=\s?(?:to|until|till|and|-|\u2013)\s?\d\d?(?:[:.]\d\d)?\s?[ap]\.?m\b)
      | (?P<full_hour>[01]?\d|2[0-4])(?:\s?o['\u2019]clock\b|(?=\s(?-i:UTC|GMT|CES?T)\b))
      | (?P<together>(?:[01]\d|2[0-3])[0-5]\d)(?:\s?h(?:rs)?\b|(?=\s?(?-i:UTC|GMT|Z)\b))
      | (?P<named>noon|midday|midnight)\b
    )"""
_MOMENT = re.compile(
    rf"""(?:\b(?P<outer>{_BEFORE})\s+)?(?:(?<!\w)(?P<day_before>{DAY})(?:,?\s+|T|,?\s*\())?
    (?:\b(?P<inner>{_BEFORE}|approximately|roughly)\s+)?(?:(?:about|around|approximately|the\s+latest)\s+)?
    {_CLOCK}{ZONE}(?:,?\s+(?:on\s+)?(?P<day_after>{DAY})\b)?""",
    re.VERBOSE | re.IGNORECASE,
)
_NUMBERS = {"an": 1, "a": 1, "one": 1, "two": 2, "a couple of": 2, "three": 3, "four": 4, "five": 5, "six": 6}
_NUMBERS |= {"eight": 8, "ten": 10, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40}
_NUMBERS |= {"forty-five": 45, "sixty": 60, "ninety": 90, "": 1}
_NUMBER = "|".join([r"\d{1,3}(?:[.,]\d)?", *sorted(filter(None, _NUMBERS), key=len, reverse=True)])
_SPAN = re.compile(
    rf"""\b(?P<before>in|within|every|inside)\s+
    (?:(?:about|around|approximately|roughly|ca\.?|less\s+than|at\s+most|no\s+more\s+than|the\s+next|the|next|another)\s+)*
    (?:
        (?P<fraction>half|a\s+quarter\s+of)\s+(?:an\s+)?hour
      | (?:(?P<number>{_NUMBER})(?:\s?(?:-|\u2013|to|or)\s?(?P<upper>{_NUMBER}))?[\s-]?)?
        (?P<unit>minutes?|mins?|min|hours?|hrs?|h|days?)\b(?P<half_more>\s+and\s+a\s+half)?
        (?:\s?(?:and\s+)?(?P<rest>\d\d?)\s?(?:minutes?|mins?|m)?\b)?
    )(?:\s?\(?s\))?""",
    re.VERBOSE | re.IGNORECASE,
)
_ROUGHLY = re.compile(r"\b(?:about|around|roughly|approximately|circa)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Time:
    """A time as it stands at `start` to `end` of a sentence, `before` being the small word in front of it.

    Either a clock (`hour`, `minute`, and where they are named `day` and `zone`) or a `span` from now. `slack` is by how
    much it may miss: what is said roughly is meant roughly. `hour` may be 24; `half` is a or p, or empty where the hour
    counts to 24, "?" where only the other end of the range says it.
    """

    words: str
    start: int
    end: int
    before: str
    hour: int = 0
    minute: int = 0
    half: str = ""
    day: str = ""
    zone: str = ""
    span: timedelta | None = None
    shortest: timedelta | None = None

    @property
    def slack(self) -> timedelta:
        if self.span:  # by the time it is published, and rounded to what people say
            return max(timedelta(minutes=10), self.span / 6)
        return timedelta(minutes=15 if _ROUGHLY.search(self.words) else 0)

    def at(self, near: datetime, zone: tzinfo, *, back: timedelta, said_at: datetime | None = None) -> datetime | None:
        """The instant; without a day its first occurrence after `near` less `back`. None where there is no such.

        `said_at`, where that is not `near`: whose day "today" is.
        """
        if self.span:
            return near + self.span
        seen = (said_at if said_at and self.day in ("today", "tonight", "tomorrow") else near).astimezone(zone).date()
        days = [day_of(self.day, seen)] if self.day else [seen + timedelta(days=n) for n in (-1, 0, 1, 2)]
        found = (instant(day, self._hour, self.minute, self.zone, zone) for day in days if day)
        return next((at for at in found if at and (self.day or at > near - back)), None)

    @property
    def _hour(self) -> int:
        if self.half in ("", "?") or self.hour > 12:
            return self.hour
        return self.hour % 12 + (12 if self.half == "p" else 0)


def times(sentence: str) -> list[Time]:
    """The times of one sentence, in order."""
    found = [_time(match) for match in _MOMENT.finditer(sentence)] + [
        _span(match) for match in _SPAN.finditer(sentence)
    ]
    return sorted(filter(None, found), key=lambda time: time.start)


def _time(match: re.Match[str]) -> Time | None:
    before = " ".join((_small_word(match) or "").lower().split())
    if match["point"] == "." and not (before or match["zone"] or match["half"]):
        return None  # 18.45 may be anything
    hour, minute, half = _clock(match)
    return Time(
        words=match[0].strip(),
        start=match.start(),
        end=match.end(),
        before=before,
        hour=hour,
        minute=minute,
        half=half,
        day=(match["day_before"] or match["day_after"] or "").lower(),
        zone=match["zone"] or "",
    )


def _small_word(match: re.Match[str]) -> str | None:
    """Return the word of "on Monday by 06:45" that says most."""
    outer: str | None = match["outer"]
    inner: str | None = match["inner"]
    return inner if inner and (outer or "on").lower() == "on" else outer


def _clock(match: re.Match[str]) -> tuple[int, int, str]:
    if name := match["named"]:
        return (24 if name.lower() == "midnight" else 12), 0, ""
    if together := match["together"]:
        return int(together[:2]), int(together[2:]), ""
    if hour := match["hour_of_range"]:
        return int(hour), 0, "?"
    hour = match["hour"] or match["hour_of_half"] or match["full_hour"]
    half = match["half"] or match["its_half"] or ""
    return int(hour), int(match["minute"] or 0), half.lower()


def _span(match: re.Match[str]) -> Time:
    longest = _length(match, "upper") if match["upper"] else _length(match, "number")
    return Time(
        words=match[0].strip(),
        start=match.start(),
        end=match.end(),
        before=match["before"].lower(),
        span=longest,
        shortest=_length(match, "number"),
    )


def _length(match: re.Match[str], name: str) -> timedelta:
    if fraction := match["fraction"]:
        return timedelta(minutes=30 if fraction.lower() == "half" else 15)
    written = " ".join((match[name] or "").lower().split())
    number = _NUMBERS.get(written) or float(written.replace(",", "."))
    unit = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}[match["unit"][0].lower()]
    return unit * (number + (0.5 if match["half_more"] else 0)) + timedelta(minutes=int(match["rest"] or 0))


@dataclass(frozen=True)
class Range:
    """A range from one time to another, as one stretch of the sentence."""

    since: Time
    until: Time
    words: str

    def at(
        self, near: datetime, zone: tzinfo, *, back: timedelta, said_at: datetime | None = None
    ) -> tuple[datetime, datetime] | None:
        """Return both instants: the first as Time.at, the second after it."""
        since = self.since.at(near, zone, back=back, said_at=said_at)
        until = since and self.until.at(since, zone, back=timedelta(), said_at=said_at)
        return (since, until) if since and until else None


_JOINED = re.compile(r"\s*(?:-|\u2013|\u2014|(?:to|until|till|and|through)(?:\s+about)?)?\s*", re.IGNORECASE)


def ranges(sentence: str) -> Iterator[Range]:
    """ "from 22:00 to 23:00", "between 22:00 and 23:00 UTC", "22:00-23:00", "10 to 11 pm"."""
    found = [time for time in times(sentence) if not time.span]
    for since, until in pairwise(found):
        if is_range(sentence, since, until):
            yield _range(sentence, since, until)


def is_range(sentence: str, since: Time, until: Time) -> bool:
    """Whether nothing stands between the two but what makes a range of them."""
    gap = sentence[since.end : until.start]
    if until.before == "and":
        return since.before == "between" and not gap.strip()
    return bool(_JOINED.fullmatch(gap)) and (until.before in ("to", "until", "till") or bool(gap.strip(" ,(")))


def _range(sentence: str, since: Time, until: Time) -> Range:
    half = until.half if since.half == "?" else since.half
    if since.half == "?" and since.hour % 12 > until.hour % 12:
        half = "a" if half == "p" else "p"  # 10 to 1 am begins in the evening
    zone = since.zone or until.zone
    begins = replace(since, half=half, zone=zone, day=since.day or until.day)
    ends = replace(until, zone=zone, day=until.day if since.day and until.day else "")
    return Range(begins, ends, sentence[since.start : until.end].strip())
