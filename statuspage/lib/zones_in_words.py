"""Time zones as people write them behind a time: "UTC", "CET", "UTC+2", "PT", "Europe/Berlin", "London time"."""

from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from . import local_time

# Hours ahead of UTC. Where letters have several meanings the commonest; those of the page's own zone come first.
_HOURS: dict[str, float] = {
    "UTC": 0,
    "GMT": 0,
    "Z": 0,
    "WET": 0,
    "WEST": 1,
    "BST": 1,
    "CET": 1,
    "CEST": 2,
    "EET": 2,
    "EEST": 3,
    "MSK": 3,
}
_HOURS |= {"SAST": 2, "EAT": 3, "GST": 4, "IST": 5.5, "SGT": 8, "HKT": 8, "AWST": 8, "JST": 9, "KST": 9, "AEST": 10}
_HOURS |= {"MEZ": 1, "MESZ": 2, "WEZ": 0, "WESZ": 1, "OEZ": 2, "OESZ": 3}
_HOURS |= {"AEDT": 11, "NZST": 12, "NZDT": 13, "BRT": -3, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7}
_HOURS |= {"MDT": -6, "PST": -8, "PDT": -7, "AKST": -9, "HST": -10}
_AMERICA = {"E": "New_York", "C": "Chicago", "M": "Denver", "P": "Los_Angeles"}
_LETTERS = "|".join(sorted((*_HOURS, *(f"{letter}T" for letter in _AMERICA)), key=len, reverse=True))
_CITY = r"[A-Z][a-z]+(?:[ ][A-Z][a-z]+)?"
# Optional, behind a clock; inside expressions that ignore case and spaces.
ZONE = rf"""(?:\s?\(?(?:in\s)?(?P<zone>(?-i:
    (?:UTC|GMT)\s?[+-]\d\d?(?::?\d\d)?(?!\d)|[+-]\d\d:\d\d|(?:{_LETTERS})\b
    |[A-Z][A-Za-z]+/[A-Z][A-Za-z_]+|{_CITY}[ ]time\b
    |(?:Eastern|Central|Mountain|Pacific)(?:[ ](?:Standard|Daylight))?[ ][Tt]ime\b)|utc\b)\)?)?"""


def instant(day: date, hour: int, minute: int, written: str, own: tzinfo) -> datetime | None:
    """Return when the clocks show this in the zone `written`, or in `own` where none is. None for a zone that nobody
    knows."""
    local = datetime.combine(day, time(hour % 24, minute)) + timedelta(days=hour // 24)
    try:
        return local_time.instant(local, own, written)
    except ValueError:  # not letters that `own` uses
        zone = _zone(written.upper() if written == "utc" else written)
        return local_time.instant(local, zone) if zone else None


def _zone(written: str) -> tzinfo | None:
    if written in _HOURS:
        return timezone(timedelta(hours=_HOURS[written]))
    if written[:1] in _AMERICA and (written[1:] == "T" or ("time" in written.lower() and written.split()[0] in _WORDS)):
        return ZoneInfo(f"America/{_AMERICA[written[0]]}")
    if written.endswith(" time"):
        return _of_city(written.removesuffix(" time"))
    if "/" in written:
        return ZoneInfo(written) if written in available_timezones() else None
    return _offset(written)


_WORDS = ("Eastern", "Central", "Mountain", "Pacific")


def _offset(written: str) -> tzinfo:
    digits = written.removeprefix("UTC").removeprefix("GMT").strip()
    hours, minutes = digits[1:].split(":")[:2] if ":" in digits else (digits[1:3], digits[3:] or "0")
    ahead = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(-ahead if digits[0] == "-" else ahead) if ahead < timedelta(hours=24) else UTC


@lru_cache(maxsize=64)
def _of_city(name: str) -> ZoneInfo | None:
    wanted = "/" + name.replace(" ", "_")
    return next((ZoneInfo(key) for key in sorted(available_timezones()) if key.endswith(wanted)), None)
