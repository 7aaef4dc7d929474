"""The times in published words as moments, so that the reader sees them in the zone of the times around them.

Only what can mean one moment alone: a clock with a zone that has one meaning, on a date, or within a few hours of the
words themselves. All else stays as it was written; and what was written stays in the page, for the script puts it in
the title.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import NamedTuple

from statuspage.lib.local_time import letters
from statuspage.lib.times_in_words import Time, ranges, times

NEAR = timedelta(hours=6)  # of the same clock on the day before and after it is three times as far
_AHEAD = re.compile(r"by\b|.*\b(?:later\s+than|latest)\b")
_ONE_MEANING = re.compile(r"UTC|utc|Z|(?:UTC|GMT)\s?[+-].*|[A-Za-z]+/[A-Za-z_]+")
_DATE = re.compile(r".*\d.*|today|tomorrow|tonight")
_SMALL = (
    r"by|at|before|around|about|circa|until|till|from|between|to|and|on|(?:no|not)\s+later\s+than|approximately|roughly"
)
_BEFORE = re.compile(rf"(?:(?:{_SMALL}|(?:at\s+)?the\s+latest)\s+)*", re.IGNORECASE)
_PART = re.compile(r'(<(?:"[^"]*"|[^">])*>)')
_NO_WORDS = re.compile(r"<(/?)(?:code|pre|time)\b", re.IGNORECASE)


class Found(NamedTuple):
    """A stretch of the words, the moment that it means, and the other whose day it may leave out."""

    start: int
    end: int
    at: datetime
    near: datetime


@lru_cache(2048)
def marked(html: str, said_at: datetime, about: datetime, zone: tzinfo) -> str:
    """`html` with its times as <time>. `said_at`: when it was said, whose day "today" is. `about`: near which a clock
    without a day is meant. `zone`: the page's own, of whose letters the present ones are understood."""
    depth = 0
    parts = []
    for part in _PART.split(html):
        if found := _NO_WORDS.match(part):
            depth += -1 if found[1] else 1
        is_text = not depth and not part.startswith("<") and any(map(str.isdigit, part))
        parts.append(_with_moments(part, said_at, about, zone) if is_text else part)
    return "".join(parts)


def _with_moments(text: str, said_at: datetime, about: datetime, zone: tzinfo) -> str:
    done, parts = 0, []
    for start, end, at, near in _found(text, said_at, about, zone):
        attributes = f'datetime="{machine(at)}" data-local="near" data-near="{machine(near)}"'
        parts += [text[done:start], f"<time {attributes}>{text[start:end]}</time>"]
        done = end
    return "".join([*parts, text[done:]])


def machine(at: datetime) -> str:
    """`at` as a script reads it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _found(text: str, said_at: datetime, about: datetime, zone: tzinfo) -> Iterator[Found]:
    """Yield what means one moment, in the order of `text`."""
    found = list(ranges(text))
    begins = {one.since.start: one.since for one in found}  # the first half of a range has the zone of the second
    ends = {one.until.start for one in found}
    near = said_at
    for time in times(text):
        if at := _moment(begins.get(time.start, time), said_at, about, zone):
            words = text[time.start : time.end].rstrip()
            small = _BEFORE.match(words)
            begin = time.start + (small.end() if small else 0)
            yield Found(begin, time.start + len(words), at, near if time.start in ends else said_at)
            near = at


def _moment(time: Time, said_at: datetime, about: datetime, zone: tzinfo) -> datetime | None:
    """Return what it means, where that is one moment alone."""
    if time.span or not time.zone or time.half == "?" or (time.day and not _DATE.fullmatch(time.day)):
        return None
    at = time.at(said_at if time.day else about, zone, back=NEAR, said_at=said_at)
    if at is None or not _is_one(time.zone, at, zone):
        return None
    return at if time.day or _is_near(time, at, about) else None


def _is_one(written: str, at: datetime, zone: tzinfo) -> bool:
    """Whether the zone has one meaning.

    CST has three, in summer CET is often meant as CEST, and what looks like the offset in "17:00-17:30" is a range.
    """
    local = at.astimezone(zone)
    return bool(_ONE_MEANING.fullmatch(written)) or written in (local.tzname(), letters(local))


def _is_near(time: Time, at: datetime, about: datetime) -> bool:
    """Whether it is near what the words are about; after that, where the words say so."""
    return at - about <= NEAR and (at >= about or not _AHEAD.match(time.before))
