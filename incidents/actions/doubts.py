"""What is doubtful in what is typed, such as a time in the words that differs from what is filled in: said once, beside
the field, and then left to the person."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from statuspage.lib import markdown

from ..enums import CLOSED
from ..models import Incident
from . import promised, windows
from .steps import in_words
from .wording import as_far_as_publishable

OTHER_TIME = "Change one of them, or publish again to leave both as they are."


@dataclass(frozen=True)
class Doubt:
    """One of them. `field`: beside which it stands; `asks`: what the person may do about it; `aside`: a sentence whose
    numbers move without its being another doubt.

    `moment`: the time that the words name, where that can be taken; `instead`: what could be updated instead.
    """

    field: str
    text: str
    moment: datetime | None = None
    moment_in_words: str = ""
    asks: str = OTHER_TIME
    aside: str = ""
    instead: Incident | None = None


def asked(found: Iterable[Doubt]) -> list[str]:
    """Return what a person may do about all of `found`, each sentence once."""
    return list(dict.fromkeys(doubt.asks for doubt in found))


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


def of_end(moment: datetime | None) -> list[Doubt]:
    """Return the doubt in naming an end at all."""
    told = "You name an end. If it is missed, it is what customers remember."
    return [Doubt("expected_fixed_by", told, asks="Take the end out, or publish again to keep it.")] if moment else []


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
