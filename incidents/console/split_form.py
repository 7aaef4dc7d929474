"""The form by which components are split off an incident: that of a new one, with a tick for each of them."""

from dataclasses import replace
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from ..actions import splitting
from ..actions.composing import Draft
from ..actions.doubts import Doubt
from ..actions.steps import statuses_to_open
from ..enums import IncidentStatus
from ..models import Incident, IncidentUpdate
from .forms import NewIncidentForm
from .picker import ComponentPicker, Row


class SplitForm(NewIncidentForm):
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data=None, *, source: Incident, **kwargs):
        self.source = source
        super().__init__(data, **kwargs)
        self.fields["components"].label = "Which of them go"

    @staticmethod
    def first_values(source: Incident) -> dict[str, str]:
        """What the form begins with; which components go, and what is said of them, is for the lead to say."""
        latest = source.updates.last_written()
        status = source.status if source.status in dict(statuses_to_open()) else IncidentStatus.INVESTIGATING
        return {"status": status, "severity": source.severity, "seen": latest.public_id if latest else ""}

    def make_picker(self, values) -> ComponentPicker:
        self.states = dict(self.source.affected.values_list("component_id", "status"))
        return ComponentPicker(values)

    def questions(self) -> list[Doubt]:
        """Nothing is asked: that these components have an incident is why one is here."""
        return []

    def subject(self) -> Incident:
        new = super().subject()
        new.is_public = self.source.is_public
        new.started_at = splitting.began_at(self.source, self.picker.states_chosen())
        return new

    def draft_so_far(self) -> Draft:
        return replace(super().draft_so_far(), splits_off=list(self.picker.states_chosen()))

    @property
    def counted(self) -> Incident | None:
        """The source where that is hidden: nobody hears of a part of it either."""
        return None if self.source.is_public else self.source

    @property
    def ticks(self) -> list[tuple[Row, str]]:
        """The components of the incident, each with the state that it has and takes along."""
        return [(row, self.states[row.component.pk]) for row in self.picker.rows if row.component.pk in self.states]

    def clean_seen(self) -> IncidentUpdate | None:
        found = self.source.updates.filter(public_id=self.cleaned_data["seen"]).first()
        if found is None and self.source.updates.exists():
            raise ValidationError("This form did not say which update you had read. Open it again from the incident.")
        return found

    def draft(self) -> dict[str, Any]:
        asked = super().draft()
        for name in ("template", "corrects", "type", "owner", "is_public"):
            asked.pop(name)
        return asked | {"components": list(asked["components"]), "seen": self.cleaned_data["seen"]}
