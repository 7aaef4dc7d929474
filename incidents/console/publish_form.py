"""What every form of the lead has in common. A refused form comes back as it was typed; every message says how to
mend it."""

import re
import secrets
from datetime import datetime

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.functional import cached_property

from statuspage.lib import local_time
from statuspage.lib.text import validate_text

from ..actions import publishing
from ..actions.templates import blanks_in
from ..actions.wording import validate_filled
from ..enums import CLOSED
from ..models import Announcement, Incident, IncidentTemplate, IncidentUpdate
from ..models.template import BLANKS
from . import doubts, words
from .correcting import RecalledField
from .picker import ComponentPicker

_PLAIN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")


def new_key() -> str:
    """Names one attempt to publish, so that a second click or a retry is known."""
    return secrets.token_hex(16)


class MomentInput(forms.DateTimeInput):
    """The browser's own field; plain text for what that field would leave empty, like a time with an offset."""

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        shown = context["widget"]["value"]
        context["widget"]["type"] = "datetime-local" if not shown or _PLAIN.fullmatch(shown) else "text"
        return context


class MomentField(forms.DateTimeField):
    """A date and time in the page's zone, of this century: at the ends of the calendar no zone can be reckoned.

    Comes back as it was understood: in the night of a clock change with its offset, or moved out of the gap.
    """

    def __init__(self, **kwargs):
        widget = MomentInput()
        messages = {"invalid": "Write a date and a time, like 2026-11-21 14:30.", "required": "Say when."}
        super().__init__(**{"widget": widget, "error_messages": messages} | kwargs)

    def to_python(self, value) -> datetime | None:
        if value in self.empty_values or isinstance(value, datetime):
            return value or None
        clock, letters = local_time.split(value.strip())
        moment = self._read(clock)
        if not 2000 <= moment.year < 2100:
            raise ValidationError(f"Check the year {moment.year}.", code="invalid")
        if timezone.is_aware(moment):
            return moment
        try:
            return local_time.instant(moment, timezone.get_current_timezone(), letters)
        except ValueError:
            raise ValidationError(f"The page's zone is not called {letters} at this time.", code="zone") from None

    def _read(self, text: str) -> datetime:
        try:
            # Not DateTimeField's own: that refuses what the clocks show twice or leave out.
            return parse_datetime(text) or super(forms.DateTimeField, self).to_python(text)
        except ValueError:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None

    def prepare_value(self, value):
        try:
            moment = self.to_python(value)
        except ValidationError:
            return value
        return local_time.as_typed(moment, timezone.get_current_timezone()) if moment else value


def _lines(rows: int, **kwargs) -> forms.CharField:
    return forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": rows}), **kwargs)


class PublishForm(doubts.DoubtfulForm):
    """What every publish asks. `at`: the moment at which it is asked; decides what is past."""

    incident: Incident | None = None
    template: IncidentTemplate | None = None
    correcting: Announcement | None = None
    body = _lines(8, label="Text", help_text="Markdown. Customers read it on the page and in every mail.")
    # Holds no value: the choices are read by the picker, this is where their message stands.
    components = forms.Field(required=False, label="Affected components")
    request_key = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, data=None, *, at: datetime, **kwargs):
        kwargs["initial"] = {"request_key": new_key()} | (kwargs.get("initial") or {})
        super().__init__(data, **kwargs)
        self.at = at
        self.conflict: IncidentUpdate | None = None
        self.earlier: IncidentUpdate | None = None
        self.picker = self.make_picker((data if self.is_bound else self.initial) or {})

    def make_picker(self, values) -> ComponentPicker:
        return ComponentPicker(values)

    def blanks(self) -> dict[str, str]:
        """The values for the blanks of the text, as far as they are known."""
        return {}

    def text(self) -> str:
        """The words with their blanks filled, as they would be published."""
        return words.filled(self.typed("body") or "", self.blanks()).strip()

    def text_so_far(self) -> str:
        """The same for a preview, with the names of the blanks that are still empty."""
        return words.filled_as_far_as_known(self.typed("body") or "", self.blanks())

    def typed(self, name: str):
        """The value of a field as far as it can be understood, whether the form is refused or only shown."""
        try:
            return self.fields[name].clean(self[name].value())
        except (KeyError, ValidationError):
            return None

    def clean(self):
        """Check words and components by the rules of the action, all at once."""
        cleaned = super().clean()
        if problem := self.picker.problem():
            self.add_error("components", problem)
        self._check_words()
        return cleaned

    def _check_words(self):
        blanks = blanks_in(self.typed("body") or "")
        unfilled = any(self.has_error(words.FIELD_OF_BLANK[blank]) for blank in blanks)
        titled = {"title": self.typed("title") or ""} if "title" in self.fields else {}
        try:
            publishing.validate(body=self.text(), **titled)
        except ValidationError as error:
            for field, messages in error.message_dict.items():
                if not self.has_error(field) and not (field == "body" and unfilled):
                    self.add_error(field, messages)

    def refuse(self, error: ValidationError) -> None:
        """Put the messages of an action beside its fields; what has none of its own goes above."""
        for field, messages in getattr(error, "error_dict", {None: error}).items():
            self.add_error(field if field in self.fields else None, messages)

    def renew(self, **values: str) -> None:
        """Replace hidden values of a bound form, so that it can be sent again."""
        self.data = self.data.copy()
        self.data.update(values)

    def draft(self) -> dict:
        """The arguments that every publishing action takes. For a valid form only."""
        return {
            "body": self.text(),
            "components": self.picker.states_chosen(),
            "request_key": self.cleaned_data["request_key"],
        }


class StepForm(PublishForm):
    """An update of an incident or a maintenance: its state, the blanks of its text, the next word."""

    status = forms.ChoiceField(label="State", widget=forms.RadioSelect)
    what_we_know = _lines(2, label=BLANKS["what_we_know"], help_text="What fails, for whom, and what still works.")
    what_we_are_doing = _lines(2, label=BLANKS["what_we_are_doing"], help_text="Facts, no promises.")
    next_update_at = MomentField(required=False, label=BLANKS["next_update_by"])
    corrects = RecalledField()
    doubted = ("next_update_at", "body")

    def clean_what_we_know(self) -> str:
        return _plain(self.cleaned_data["what_we_know"])

    def clean_what_we_are_doing(self) -> str:
        return _plain(self.cleaned_data["what_we_are_doing"])

    def clean_next_update_at(self) -> datetime | None:
        moment = self.cleaned_data["next_update_at"]
        if moment and moment <= self.at and self.data.get("status") not in CLOSED:
            raise ValidationError("This is past; choose a later time.")
        return moment

    def blanks(self) -> dict[str, str]:
        said = {name: self.typed(name) or "" for name in ("what_we_know", "what_we_are_doing")}
        return said | {"next_update_by": words.in_words(self.typed("next_update_at"), self.at)}

    @cached_property
    def doubts(self) -> list[doubts.Doubt]:
        return [] if self["status"].value() in CLOSED else doubts.of_step(self)  # an end promises nothing

    @cached_property
    def correcting(self) -> Announcement | None:
        """The recalled announcement that this puts right."""
        return self.typed("corrects")

    @property
    def blank_fields(self) -> list[tuple[forms.BoundField, bool]]:
        """The fields for blanks, each with whether this text asks for it or it holds something already."""
        return [(self[name], self._is_asked(name)) for name in ("what_we_know", "what_we_are_doing")]

    def _is_asked(self, name: str) -> bool:
        return name in blanks_in(self.typed("body") or "") or bool((self[name].value() or "").strip())

    @property
    def quick_choices(self) -> list[tuple[str, str]]:
        """Moments that one press fills in, as minutes and label."""
        return list(words.QUICK_CHOICES.items())

    @property
    def needs_next_update(self) -> bool:
        return "next_update_by" in blanks_in(self.typed("body") or "")

    @property
    def approved_text(self) -> str:
        """The approved words for the chosen step; empty without a template."""
        return words.step_text(self.template, self["status"].value())

    def _check_words(self):
        values = self.blanks()
        for blank in blanks_in(self.typed("body") or ""):
            field = words.FIELD_OF_BLANK[blank]
            if not values[blank] and not self.has_error(field):
                self.add_error(field, f"Fill this in, or take {{{{{blank}}}}} out of the text.")
        body = words.same_newlines(self.typed("body") or "")
        if other := words.words_of_another_step(self.template, self["status"].value(), body):
            self.add_error("body", f"These are the words for {other}. Take the words for this state, or change them.")
        super()._check_words()

    def draft(self) -> dict:
        return super().draft() | {key: self.cleaned_data[key] for key in ("status", "next_update_at", "corrects")}


def _plain(text: str) -> str:
    validate_text(text)
    validate_filled(text)
    return text
