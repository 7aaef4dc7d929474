"""Local times as people type them, and instants as text that reads back as the same instant.

A time that a clock change makes twice is the first of the two, unless an offset or the zone's letters say otherwise,
and whoever types it can be asked; one that it leaves out is the time after it (RFC 5545, 3.3.5).
"""

import re
from datetime import UTC, datetime, timedelta, tzinfo

from django.utils.translation import pgettext_lazy

# The zones that have letters of their own in other languages.
_TRANSLATED = {
    "CET": pgettext_lazy("time zone", "CET"),
    "CEST": pgettext_lazy("time zone", "CEST"),
    "WET": pgettext_lazy("time zone", "WET"),
    "WEST": pgettext_lazy("time zone", "WEST"),
    "EET": pgettext_lazy("time zone", "EET"),
    "EEST": pgettext_lazy("time zone", "EEST"),
}
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
    named = [one for one in _both(local, zone) if letters in ("", one.tzname())]
    if not named:
        raise ValueError(f"No {letters} at this time.")
    return named[0].astimezone(UTC)


def twice(local: datetime, zone: tzinfo) -> tuple[datetime, ...]:
    """The two instants, in UTC, at which the clocks of `zone` show the naive `local`; empty where it is one or none."""
    first, second = _both(local, zone)
    return (first.astimezone(UTC), second.astimezone(UTC)) if _ahead(first) > _ahead(second) else ()


def is_left_out(local: datetime, zone: tzinfo) -> bool:
    """Whether the clocks of `zone` never show the naive `local`."""
    before, after = _both(local, zone)
    return _ahead(before) < _ahead(after)


def _both(local: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """Return the instant by the clocks before a change, and by those after it; the same where there is none."""
    return local.replace(tzinfo=zone, fold=0), local.replace(tzinfo=zone, fold=1)


def _ahead(local: datetime) -> timedelta:
    """How far an aware time is ahead of UTC."""
    return local.utcoffset() or timedelta()


def zone_name(local: datetime) -> str:
    """The zone of an aware time as people write it: "CET", or "UTC-03" where the zone has only a number."""
    name = letters(local)
    return f"UTC{name}" if name.startswith(("+", "-")) else name


def letters(local: datetime) -> str:
    """The letters of the zone of an aware time, in the language that is spoken; a number where it has none: "-03"."""
    name = local.tzname() or "UTC"  # only a naive time has none
    return str(_TRANSLATED.get(name, name))


def as_typed(at: datetime, zone: tzinfo) -> str:
    """ "2026-10-25T14:30", with its offset where the clocks show this time twice."""
    local = at.astimezone(zone)
    naive = local.replace(tzinfo=None)
    return (local if twice(naive, zone) else naive).isoformat(timespec="minutes")
