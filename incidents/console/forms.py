"""The forms of the lead: to open an incident, to update it, to plan a maintenance."""

import json
from dataclasses import replace
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property

from statuspage.lib.form_fields import field_of
from statuspage.lib.moments import MomentField

from ..actions import doubts, opening, steps
from ..actions.beginning import new_incident
from ..actions.composing import Draft
from ..actions.corrections import recalled_components, recalled_whole, refuse_elsewhere
from ..actions.owners import may_own
from ..actions.similar import Similar, like
from ..enums import Act, Impact, IncidentStatus, MaintenanceStatus, Severity
from ..models import Actor, Announcement, Incident, IncidentTemplate, IncidentType, IncidentUpdate
from .picker import ComponentPicker, as_fields
from .publish_form import WHEN_IT_HAPPENED, StepForm


class OwnerField(forms.ModelChoiceField):
    """The member of staff who sees to it; without an answer, whoever opens it."""

    def __init__(self, **kwargs):
        gone = {"invalid_choice": "This person may not publish (any more). Choose somebody who may."}
        ours: dict[str, Any] = {
            "queryset": User.objects.none(),
            "required": False,
            "empty_label": None,
            "error_messages": gone,
        }
        super().__init__(**ours | kwargs)

    def label_from_instance(self, user):
        return user.get_full_name() or user.get_username()


class NewIncidentForm(StepForm):
    title = forms.CharField(required=False, help_text="One line: what fails, for whom.")
    # Both lists hold the words major, minor and critical: the labels say who reads which.
    severity = forms.ChoiceField(
        choices=Severity, widget=forms.RadioSelect, initial=Severity.P3, label="Severity (inside)"
    )
    impact = forms.ChoiceField(required=False, label="Impact (what the public reads)")
    type = forms.ModelChoiceField(
        IncidentType.objects.all(),
        required=False,
        empty_label="No type",
        help_text="For ourselves; the public does not read it.",
        error_messages={"invalid_choice": "This type does not exist any more. Choose another."},
    )
    owner = OwnerField(help_text="Who sees to it.")
    is_internal = forms.BooleanField(
        required=False,
        label="Internal",
        help_text="Nobody outside reads of it, anywhere; who may publish is told. One act makes it public later.",
    )
    doubted = (*StepForm.doubted, "components")

    def __init__(self, *args, template: IncidentTemplate | None = None, by: Actor = None, **kwargs):
        self.template = template
        super().__init__(*args, **kwargs)
        field_of(self, "owner", OwnerField).queryset = may_own()
        self.fields["owner"].initial = by
        field_of(self, "status", forms.ChoiceField).choices = steps.statuses_to_open()
        suggestions = {severity: str(severity.suggested_impact.label) for severity in Severity}
        self.fields["impact"].widget.attrs["data-suggests"] = json.dumps(suggestions)
        shown = [impact for impact in Impact if impact != Impact.MAINTENANCE]
        choices = [("", "As the severity suggests"), *((i.value, i.label) for i in shown)]
        field_of(self, "impact", forms.ChoiceField).choices = choices

    def questions(self) -> list[doubts.Doubt]:
        """Return what is asked once of what it is about: whether it goes on in an open one, and no component."""
        named = self.picker.states_chosen()
        found = opening.of_open_ones(named, at=self.at, request_key=self["request_key"].value())
        # Nobody has chosen yet who has only begun to write; once it was asked it stays.
        is_asked = self.is_bound or self.initial.get("doubts_read")
        return found + (opening.of_no_component(named) if is_asked else [])

    @cached_property
    def doubts(self) -> list[doubts.Doubt]:
        return super().doubts + self.questions()

    @cached_property
    def similar(self) -> list[Similar]:
        """Past incidents like this one, the most alike first."""
        return like(self.typed("title") or "", self.picker.states_chosen(), at=self.at)

    @property
    def similar_with_words(self) -> list[tuple[Similar, IncidentUpdate | None]]:
        """The same, each with the update of the chosen state, whose words can be used."""
        return [(one, one.said_at(self["status"].value() or "")) for one in self.similar]

    @property
    def similar_key(self) -> str:
        """The key of what is proposed: the same is not sent to the browser again, where somebody may be reading it."""
        rows = self.similar_with_words
        return " ".join(f"{one.incident.public_id}/{words.public_id if words else ''}" for one, words in rows)

    def subject(self) -> Incident:
        return new_incident(
            title=self.typed("title") or "Title",
            severity=Severity(self.typed("severity") or Severity.P3),
            impact=Impact(impact) if (impact := self.typed("impact")) else None,
            template=self.template,
            is_public=not self.typed("is_internal"),
            by=None,
            at=self.at,
        )

    def draft(self) -> dict:
        chosen = {key: self.cleaned_data[key] for key in ("title", "severity", "type", "owner")}
        chosen |= {"impact": self.cleaned_data["impact"] or None, "is_public": not self.cleaned_data["is_internal"]}
        return super().draft() | chosen | {"template": self.template}


class UpdateForm(StepForm):
    """The next update of what is open. `is_late`: a word after the end instead; `is_act`: an act on planned work."""

    incident: Incident
    is_late = is_act = False
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    act = forms.TypedChoiceField(
        choices=Act, coerce=Act, empty_value=Act.UPDATE, required=False, widget=forms.HiddenInput
    )
    display_at = MomentField(
        required=False, label=WHEN_IT_HAPPENED, help_text="Where that was earlier. Empty is now; it stands at its time."
    )

    def __init__(self, data=None, *, incident: Incident, latest: IncidentUpdate | None, **kwargs):
        self.incident, self.latest = incident, latest
        self.template = incident.template
        super().__init__(data, **kwargs)
        act = self.typed("act") or Act.UPDATE
        field_of(self, "status", forms.ChoiceField).choices = steps.statuses_to_post(incident, act, self.at)

    @property
    def is_note(self) -> bool:
        """True of planned work that has not begun: what is said of it moves no state."""
        return self.incident.status == MaintenanceStatus.SCHEDULED and not self.is_act

    def make_picker(self, values) -> ComponentPicker:
        return ComponentPicker(values, affected=dict(self.incident.affected.values_list("component_id", "status")))

    def clean_seen(self) -> IncidentUpdate | None:
        seen = self.incident.updates.filter(public_id=self.cleaned_data["seen"]).first()
        if seen is None and self.latest is not None:
            self.renew(seen=self.latest.public_id)
            raise ValidationError("This form did not say which update you had read. Read the timeline, then publish.")
        return seen

    def clean_corrects(self) -> Announcement | None:
        wrong = self.cleaned_data["corrects"]
        if wrong:
            refuse_elsewhere(wrong, self.incident)
        return wrong

    def subject(self) -> Incident:
        return self.incident

    @property
    def tells(self) -> bool:
        """True unless a form that asked came without the tick."""
        given = self.data if self.is_bound else self.initial
        return bool(given.get("tells")) or not given.get("asks_whether_to_tell")

    def draft_so_far(self) -> Draft:
        act = self.typed("act") or Act.UPDATE
        shown = {"display_at": self.typed("display_at"), "tells": self.tells, "is_late": self.is_late}
        return replace(super().draft_so_far(), act=act, **shown)

    def draft(self) -> dict:
        asked = {name: self.cleaned_data[name] for name in ("seen", "act", "display_at")}
        return super().draft() | asked | {"tells": self.tells, "is_late": self.is_late}


class LateForm(UpdateForm):
    """A word after the end: its state is that of the incident, and there is no promise and no component to give."""

    is_late = True

    def __init__(self, data=None, *, incident: Incident, **kwargs):
        super().__init__(data, incident=incident, **kwargs)
        field_of(self, "status", forms.ChoiceField).choices = [(incident.status, incident.status_label)]


def from_template(template: IncidentTemplate | None) -> dict:
    """Return what a template fills in on a new incident: title, severity, type, components, and the text of its first
    step."""
    if template is None:
        return {"status": IncidentStatus.INVESTIGATING}
    status = steps.first_step(template)
    return steps.opening_of(template, status) | {"status": status} | as_fields(steps.components_of(template))


def from_recalled(wrong: Announcement) -> dict:
    """Return what a recalled announcement fills in on the new incident that corrects it, which begins anew."""
    return recalled_whole(wrong) | as_fields(recalled_components(wrong)) | {"status": IncidentStatus.INVESTIGATING}
