"""The part that all forms of the lead have in common which write an update."""

from datetime import datetime

from django import forms
from django.utils.functional import cached_property

from statuspage.lib.form_fields import field_of
from statuspage.lib.moments import MomentField

from ..actions import doubts, steps, wording
from ..actions.composing import Draft
from ..actions.templates import blanks_in
from ..actions.wording import as_far_as_publishable
from ..actions.words import SAID, Words
from ..enums import IncidentStatus
from ..models import Announcement, Incident, IncidentTemplate, IncidentUpdate
from ..models.template import BLANKS
from .asked_form import AskedForm, lines, new_key
from .assist import QUICK_CHOICES
from .correcting import RecalledField
from .doubtful import DoubtfulForm
from .picker import ComponentPicker

WHEN_IT_HAPPENED = "When did this happen"


class PublishForm(AskedForm, DoubtfulForm):
    """The questions of every update."""

    incident: Incident | None = None
    merges: Incident | None = None  # the other that goes on in `incident` from then on
    first_status: str = IncidentStatus.INVESTIGATING
    template: IncidentTemplate | None = None
    body = lines(8, label="Text", help_text="Markdown. Customers read it on the page and in every mail.")
    # Holds no value: the choices are read by the picker, this is where their message stands.
    components = forms.Field(required=False, label="Affected components")
    request_key = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, data=None, *, at: datetime, **kwargs):
        kwargs["initial"] = {"request_key": new_key()} | (kwargs.get("initial") or {})
        super().__init__(data, at=at, **kwargs)
        self.conflict: IncidentUpdate | None = None
        self.earlier: IncidentUpdate | None = None
        self.picker = self.make_picker((data if self.is_bound else self.initial) or {})

    @property
    def correcting(self) -> Announcement | None:
        """The recalled announcement that this puts right."""
        return None

    @property
    def counted(self) -> Incident | None:
        """The saved incident by which it is counted who will hear this."""
        return self.incident

    def make_picker(self, values) -> ComponentPicker:
        return ComponentPicker(values)

    @property
    def words(self) -> Words:
        """The words that are typed, as far as they can be understood."""
        return Words(text=self.typed("body") or "", status=self.first_status, at=self.at)

    def text(self) -> str:
        """The words with their blanks filled, as they would be published."""
        return self.words.filled()

    def text_so_far(self) -> str:
        """The same for a preview, with the names of the blanks that are still empty."""
        return self.words.filled_as_far_as_known()

    def subject(self) -> Incident:
        """Return the incident that this is about, or a new one as far as it is typed, not saved."""
        raise NotImplementedError

    def draft_so_far(self) -> Draft:
        """The update for a preview, as far as it is typed and can be published."""
        return Draft(
            status=self.typed("status") or (self.incident.status if self.incident else self.first_status),
            body=as_far_as_publishable(self.text_so_far()),
            by=None,
            at=self.at,
            components=self.picker.states_chosen(),
            next_update_at=self.typed("next_update_at"),
            corrects=self.correcting,
        )

    def clean(self):
        """Check words and components by the rules of the action, all at once."""
        cleaned = super().clean()
        if problem := self.picker.problem():
            self.add_error("components", problem)
        for field, messages in self.problems().items():
            if not self.has_error(field):
                self.add_error(field, messages)
        return cleaned

    def problems(self) -> dict[str, list[str]]:
        """Return what keeps the words from being published, by field."""
        return wording.problems(body=self.text(), title=self.typed_title())

    def typed_title(self) -> str | None:
        """The title as it is typed; None where there is none to type."""
        return self.typed("title") or "" if "title" in self.fields else None

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
    what_we_know = lines(2, label=BLANKS["what_we_know"], help_text="What fails, for whom, and what still works.")
    what_we_are_doing = lines(2, label=BLANKS["what_we_are_doing"], help_text="Facts, no promises.")
    next_update_at = MomentField(required=False, label=BLANKS["next_update_by"])
    expected_fixed_by = MomentField(required=False, label=BLANKS["expected_fixed_by"])
    corrects = RecalledField()
    doubted: tuple[str, ...] = ("next_update_at", "body", "expected_fixed_by")

    def __init__(self, *args, at: datetime, **kwargs):
        super().__init__(*args, at=at, **kwargs)
        for name in ("next_update_at", "expected_fixed_by"):
            field_of(self, name, MomentField).after = at

    @property
    def words(self) -> Words:
        return Words(
            text=self.typed("body") or "",
            status=self["status"].value() or "",
            at=self.at,
            template=self.template,
            what_we_know=self.typed("what_we_know") or "",
            what_we_are_doing=self.typed("what_we_are_doing") or "",
            next_update_at=self.typed("next_update_at"),
            expected_fixed_by=self.typed("expected_fixed_by"),
        )

    def problems(self) -> dict[str, list[str]]:
        return self.words.problems(title=self.typed_title(), refused=self.errors)

    @cached_property
    def doubts(self) -> list[doubts.Doubt]:
        about = {"status": self["status"].value(), "incident": self.incident, "at": self.at}
        found = doubts.of_step(self.text(), self.typed("next_update_at"), **about)
        return found + doubts.of_end(self.typed("expected_fixed_by"))

    @cached_property
    def correcting(self) -> Announcement | None:
        return self.typed("corrects")

    @property
    def blank_fields(self) -> list[tuple[forms.BoundField, bool]]:
        """The fields for blanks, each with whether this text asks for it or it holds something already."""
        return [(self[name], self._is_asked(name)) for name in SAID]

    def _is_asked(self, name: str) -> bool:
        return name in blanks_in(self.typed("body") or "") or bool(str(self[name].value() or "").strip())

    @property
    def is_end_asked(self) -> bool:
        """Whether the text has the blank for an end, or one is filled in."""
        return self._is_asked("expected_fixed_by")

    @property
    def quick_choices(self) -> list[tuple[str, str]]:
        """Moments that one press fills in, as minutes and label."""
        return list(QUICK_CHOICES.items())

    @property
    def needs_next_update(self) -> bool:
        return "next_update_by" in blanks_in(self.typed("body") or "")

    @property
    def approved_text(self) -> str:
        """The approved words for the chosen step; empty without a template."""
        return steps.step_text(self.template, self["status"].value())

    def draft(self) -> dict:
        return super().draft() | {key: self.cleaned_data[key] for key in ("status", "next_update_at", "corrects")}
