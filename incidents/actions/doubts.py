"""Times in the words that differ from what is filled in: said once, beside the field, and then left to the person."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from statuspage.lib import markdown

from ..enums import CLOSED
from ..models import Incident
from . import promised, windows
from .steps import in_words
from .wording import as_far_as_publishable


@dataclass(frozen=True)
class Doubt:
    """One of them. `field`: beside which it stands; `moment`: the time that the words name, where that can be taken."""

    field: str
    text: str
    moment: datetime | None = None
    moment_in_words: str = ""


def of_step(text: str, moment: datetime | None, *, status: str, incident: Incident | None, at: datetime) -> list[Doubt]:
    """Return the doubts in an update: in its promise, and in the window of the maintenance that it is about. An end
    promises nothing."""
    if status in CLOSED:
        return []
    found = of_promise(text, moment, at=at)
    if incident and incident.is_maintenance:
        found += of_window(text, incident.scheduled_for, incident.scheduled_until, at=at, field="body")
    return found


def of_promise(text: str, moment: datetime | None, *, at: datetime) -> list[Doubt]:
    """Return where `text`, as it would be published, says that we write again at another time than `moment`, or at
    all."""
    other = f", this says {in_words(moment, at)}." if moment else ", and no time is given here."
    zone = timezone.get_current_timezone()
    found = promised.contradictions(as_read(text), moment=moment, at=at, zone=zone)
    return [_of(one, other, at) for one in found]


def _of(one: promised.Promised, other: str, at: datetime) -> Doubt:
    moment = one.at if one.at > at else None
    return Doubt("next_update_at", _says(one.words) + other, moment, in_words(moment, at))


def of_window(text: str, begins: datetime | None, ends: datetime | None, *, at: datetime, field: str) -> list[Doubt]:
    """Return where `text` says that the work lasts from when to when, and that is not from `begins` to `ends`."""
    if not (begins and ends and begins < ends):
        return []
    window = windows.Window(begins, ends, timezone.get_current_timezone(), at)
    planned = f"; the window is {in_words(begins, at)} to {in_words(ends, begins)}."
    return [Doubt(field, _says(words) + planned) for words in windows.contradictions(as_read(text), window)]


def as_read(text: str) -> str:
    """The words as customers read them; none where they cannot be published anyway."""
    return markdown.plain(markdown.render(as_far_as_publishable(text)))


def _says(words: str) -> str:
    return f"The text says “{' '.join(words.split())}”"
