"""Times in the words that differ from what is filled in: said once, beside the field, and then left to the person."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.utils import timezone

from statuspage.lib import markdown

from ..actions import promised, windows
from ..actions.wording import as_far_as_publishable
from .template_text import in_words


@dataclass(frozen=True)
class Doubt:
    """One of them. `field`: beside which it stands; `moment`: the time that the words name, where that can be taken."""

    field: str
    text: str
    moment: datetime | None = None
    moment_in_words: str = ""


class DoubtfulForm(forms.Form):
    """A form that publishes text. `doubted`: beside which of its fields there may be a doubt."""

    doubts_read = forms.CharField(required=False, widget=forms.HiddenInput)
    doubted: tuple[str, ...] = ()

    @property
    def doubts(self) -> list[Doubt]:
        """Where a time in the words differs from what is filled in."""
        raise NotImplementedError

    @property
    def doubts_key(self) -> str:
        """By which a form that comes again says that these were read; another time in the words is another key."""
        return hashlib.sha256("\n".join(doubt.text for doubt in self.doubts).encode()).hexdigest()[:16]

    @property
    def is_doubtful(self) -> bool:
        """There are doubts, and whoever sent this valid form had not read them."""
        return bool(self.doubts) and self.cleaned_data["doubts_read"] != self.doubts_key


def of_step(form) -> list[Doubt]:
    """Of an update: of its promise, and of the window of the maintenance that it is about."""
    text, about = form.text(), form.incident
    found = of_promise(text, form.typed("next_update_at"), at=form.at)
    if about and about.is_maintenance:
        found += of_window(text, about.scheduled_for, about.scheduled_until, at=form.at, field="body")
    return found


def of_promise(text: str, moment: datetime | None, *, at: datetime) -> list[Doubt]:
    """Where `text`, as it would be published, says that we write again at another time than `moment`, or at all."""
    other = f", this says {in_words(moment, at)}." if moment else ", and no time is given here."
    zone = timezone.get_current_timezone()
    found = promised.contradictions(as_read(text), moment=moment, at=at, zone=zone)
    return [_of(one, other, at) for one in found]


def _of(one: promised.Promised, other: str, at: datetime) -> Doubt:
    moment = one.at if one.at > at else None
    return Doubt("next_update_at", _says(one.words) + other, moment, in_words(moment, at))


def of_window(text: str, begins: datetime | None, ends: datetime | None, *, at: datetime, field: str) -> list[Doubt]:
    """Where `text` says that the work lasts from when to when, and that is not from `begins` to `ends`."""
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
