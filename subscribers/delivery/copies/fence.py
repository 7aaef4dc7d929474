"""May this database send? A restored or copied one would tell everybody again what they were told.

Two things are compared with what is known. **Identity**: where the database stands, and for which SITE_URL, as it was
when somebody decided it; another one is a copy, or was moved. **Generation**: a number that rises with each batch that
is claimed; a lower one than this place has seen is an older copy. In both cases nothing is sent, everybody who could
mend it is told, and one deliberate act ends it: `take_over`, `restored` or `this_is_a_copy` of manage.py. A place that
has seen nothing, such as a new node, joins a database that stands where it was decided without a question.

What cannot be seen: a copy of the whole disk that starts elsewhere with the same address. SENDING=0 is for those.
"""

import logging
import time
from dataclasses import dataclass
from enum import StrEnum
from secrets import token_hex

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from incidents.models import Site

from ...models import Fence, Generation
from . import seen
from .identity import identity

_KEPT = 1_000  # generations: the newest tells
_LASTS = 1.0  # seconds that a look is good for
_log = logging.getLogger(__name__)
_look: "tuple[float, Standing] | None" = None  # until when (monotonic), and what it saw


class Older(Exception):
    """The finding that this place has seen more of the database."""


class Kind(StrEnum):
    OPEN = "open"
    OFF = "off"
    MOVED = "moved"
    OLDER = "older"
    COPY = "copy"


@dataclass(frozen=True, slots=True)
class Standing:
    """`is_closed`: nothing is claimed. A copy does claim, and keeps what it claims."""

    kind: Kind
    words: str = ""
    what_to_do: str = ""

    @property
    def is_closed(self) -> bool:
        return self.kind in (Kind.OFF, Kind.MOVED, Kind.OLDER)


OPEN = Standing(Kind.OPEN)
_OFF = Standing(Kind.OFF, "Nothing is sent: SENDING=0.", "Take it away where this is the original.")
_COPY = Standing(
    Kind.COPY,
    "This is a copy: nobody hears what is published here.",
    "manage.py take_over makes it the original.",
)
_OLDER = Standing(
    Kind.OLDER,
    "Nothing is sent: this database is older than what was sent from here. It was restored from a copy.",
    "manage.py restored holds back what may have been sent since the copy was made, and lets everything new go.",
)


def standing() -> Standing:
    """How it is now, or was a second ago."""
    global _look
    if _look is None or time.monotonic() > _look[0]:
        was, now = _look and _look[1], _read()
        if now != was and now.words:
            _log.error("%s %s", now.words, now.what_to_do)
        _look = (time.monotonic() + _LASTS, now)
    return _look[1]


def _read() -> Standing:
    if not settings.SENDING:
        return _OFF
    fence = the_fence()
    here = identity(fence.key)
    if fence.identity != here:
        return Standing(
            Kind.MOVED,
            f"Nothing is sent: this database is a copy, or was moved. It stood at {fence.identity}; this is {here}.",
            "If the other one is off: manage.py take_over, or manage.py restored where this one is older. "
            "If it is to try things: manage.py this_is_a_copy.",
        )
    if fence.is_copy:
        return _COPY
    return _OLDER if is_older(fence) else OPEN


def is_older(fence: Fence) -> bool:
    """Return whether this place has seen a newer generation of the database, or a newer page."""
    return generation() < seen.newest(fence.key) or Site.load().page_version < newest_page(fence)


def newest_page(fence: Fence) -> int:
    """The newest version of the page that this place has shown of it."""
    return seen.newest(_page(fence))


def show(version: int) -> None:
    """The web is about to show this version of the page. Raises Older rather than go back for a reader."""
    fence = the_fence()
    if version < newest_page(fence):
        raise Older(f"The database is older than what was shown: version {version} of the page.")
    seen.note(_page(fence), version)


def _page(fence: Fence) -> str:
    return f"{fence.key} page"


def the_fence() -> Fence:
    """The row. A database that has none yet is taken for what it is."""
    if fence := Fence.objects.first():
        return fence
    key = token_hex(16)
    values = {"key": key, "identity": identity(key), "decided_at": timezone.now()}
    return Fence.objects.get_or_create(pk=1, defaults=values)[0]


def generation() -> int:
    return Generation.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def advance() -> bool:
    """A batch is about to be claimed, in the caller's transaction. False, and nothing may be claimed, where this turns
    out to be older than what was seen: it may have been restored under our feet."""
    fence = the_fence()
    if fence.is_copy:
        return True
    key, seen_before = fence.key, seen.newest(fence.key)  # before ours: others advance too
    number = Generation.objects.create().pk
    if number <= seen_before:
        forget()
        return False
    if number % _KEPT == 0:
        Generation.objects.filter(pk__lte=number - _KEPT).delete()
    transaction.on_commit(lambda: seen.note(key, number))
    return True


def forget() -> None:
    """The next who asks looks again."""
    global _look
    _look = None
