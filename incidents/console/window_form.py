"""The form of an act on planned work: start, move, end or cancel it, in words of ours where nobody writes any."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from django.utils.functional import cached_property

from statuspage.lib.form_fields import field_of
from statuspage.lib.moments import MomentField

from ..actions import doubts, plan_notes, planned_words
from ..actions.composing import Draft
from ..actions.planned_words import zone_of
from ..actions.publishing import is_published
from ..actions.window_rules import Window, has_begun, problems_of_move
from ..enums import WINDOW_ACTS, Act
from ..models import Incident, IncidentUpdate
from .forms import LateForm, UpdateForm


class WindowForm(UpdateForm):
    """An act on planned work. Its state follows from the act; the words may be left to us."""

    is_act = True
    scheduled_for = MomentField(label="Begins")
    scheduled_until = MomentField(label="Ends")
    doubted = ("scheduled_until", *UpdateForm.doubted)

    def __init__(self, data=None, *, incident: Incident, latest: IncidentUpdate | None, at: datetime, **kwargs):
        self.chosen_act = Act((data if data is not None else kwargs.get("initial") or {}).get("act", ""))
        super().__init__(data, incident=incident, latest=latest, at=at, **kwargs)
        self.fields["body"].help_text = "Markdown. Leave it empty, and we say what the preview shows."
        for name in ("scheduled_for", "scheduled_until"):
            field = field_of(self, name, MomentField)
            field.zone = zone_of(incident)
            field.initial = getattr(incident, name)
        if self.chosen_act != Act.MOVE or has_begun(incident):
            del self.fields["scheduled_for"]
        if self.chosen_act != Act.MOVE:
            del self.fields["scheduled_until"]

    @property
    def zone_name(self) -> str:
        return str(zone_of(self.incident))

    @property
    def window(self) -> Window | None:
        """The new window as far as it is typed; None where none is asked for, or it cannot be understood."""
        begins = self.typed("scheduled_for") if "scheduled_for" in self.fields else self.incident.scheduled_for
        ends = self.typed("scheduled_until")
        return (begins, ends) if begins and ends and begins < ends else None

    @property
    def body_typed(self) -> str:
        return self.words.filled()

    @property
    def noted(self) -> list[str]:
        """What to know of the new window, in sentences."""
        if not self.window:
            return []
        named = [row.component for row in self.incident.affected.select_related("component")]
        return plan_notes.noted(self.window, named, at=self.at, besides=self.incident)

    def text(self) -> str:
        return self.body_typed or planned_words.words_of(self.incident, self.chosen_act, self.window)

    def text_so_far(self) -> str:
        return super().text_so_far() if self.body_typed else self.text()

    def problems(self) -> dict[str, list[str]]:
        return super().problems() if self.body_typed else {}

    @cached_property
    def doubts(self) -> list[doubts.Doubt]:
        if self.chosen_act != Act.MOVE:
            return super().doubts if self.body_typed else []
        said = doubts.of_window(self.body_typed, *(self.window or (None, None)), at=self.at, field="scheduled_until")
        return said + (plan_notes.doubt_of_length(self.window) if self.window else [])

    def clean(self):
        cleaned = super().clean()
        if self.chosen_act == Act.MOVE and not is_published(cleaned.get("request_key")):
            begins = cleaned.get("scheduled_for") if "scheduled_for" in self.fields else self.incident.scheduled_for
            for name, message in problems_of_move(
                self.incident, begins, cleaned.get("scheduled_until"), at=self.at
            ).items():
                self.add_error(name if name in self.fields else None, message)
        return cleaned

    def draft_so_far(self) -> Draft:
        return replace(super().draft_so_far(), window=self.window)

    def draft(self) -> dict:
        asked = {name: self.cleaned_data[name] for name in ("seen", "request_key")}
        window = self.window if self.chosen_act == Act.MOVE else None
        return asked | {"act": self.chosen_act, "body": self.body_typed, "tells": self.tells, "window": window}


def update_form(values: Mapping[str, str]) -> type[UpdateForm]:
    """Return which form of an update was sent, or is asked for."""
    if values.get("act", "") in WINDOW_ACTS:
        return WindowForm
    return LateForm if "after_end" in values else UpdateForm
