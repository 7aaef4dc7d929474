"""Local times as people type them, and instants as text that reads back as the same instant.

A time that a clock change makes twice is the first of the two, unless an offset or the zone's letters say otherwise;
one that it leaves out is the time after it (RFC 5545, 3.3.5).
"""

import re
from datetime import UTC, datetime, tzinfo

_WITH_LETTERS = re.compile(r"(?P<clock>.*\d) ?(?P<letters>[A-Z]{2,5})")


def split(text: str) -> tuple[str, str]:
    """ "2026-10-25 02:30 CET" as the time and the letters of its zone, which are empty where there are none."""
    found = _WITH_LETTERS.fullmatch(text)
    return (found["clock"], found["letters"]) if found else (text, "")


def instant(local: datetime, zone: tzinfo, letters: str = "") -> datetime:
    """The instant, in UTC, at which the clocks of `zone` show the naive `local`.

    Raises ValueError for `letters` that `zone` does not use at this time, OverflowError at the ends of the calendar.
    """
    if letters == "UTC":
        return local.replace(tzinfo=UTC)
    both = [local.replace(tzinfo=zone, fold=fold) for fold in (0, 1)]
    named = [one for one in both if letters in ("", one.tzname())]
    if not named:
        raise ValueError(f"No {letters} at this time.")
    return named[0].astimezone(UTC)


def as_typed(at: datetime, zone: tzinfo) -> str:
    """ "2026-10-25T14:30", with its offset where the clocks show this time twice."""
    local = at.astimezone(zone)
    is_twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return (local if is_twice else local.replace(tzinfo=None)).isoformat(timespec="minutes")
