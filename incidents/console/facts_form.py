"""The form for what is so of an incident: its own facts, and the times of its components in lines below."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from functools import cached_property
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils import timezone

from statuspage.lib.moments import MomentField, answered

from ..actions.facts import Facts, Spell
from ..actions.owners import may_own
from ..actions.steps import same_newlines
from ..enums import ComponentStatus, Impact, Severity
from ..models import Announcement, Component, IncidentType, IncidentUpdate
from .asked_form import lines, new_key
from .picker import TROUBLE

MOMENTS = {
    "started_at": "Began",
    "resolved_at": "Ended",
    "detected_at": "Detected",
    "acknowledged_at": "Acknowledged",
    "declared_at": "Declared",
    "mitigated_at": "Mitigated",
}
_OF_FACTS = [one.name for one in fields(Facts) if one.name != "spells"]
EMPTY_LINES = 2


class SpellForm(forms.Form):
    """One line: a component, the state that it was in, from when to when."""

    component = forms.ModelChoiceField(
        Component.objects.none(), error_messages={"invalid_choice": "This component does not exist any more."}
    )
    status = forms.ChoiceField(
        choices=[("", "Choose"), *((state.value, state.label) for state in TROUBLE)], label="State"
    )
    began_at = MomentField(label="From")
    ended_at = MomentField(required=False, label="Until")

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["component"].queryset = Component.objects.all()  # type: ignore[attr-defined]

    @property
    def chosen(self) -> str:
        """The key of the component that is chosen, as text; empty for none."""
        value = self["component"].value()
        return str(getattr(value, "pk", value) or "")

    def spell(self, known: Spell | None) -> Spell:
        """Return the line as it is meant. For a valid form only. `known`: what the line showed."""
        values = self.cleaned_data
        began_at = as_it_was(values["began_at"], known and known.began_at) or values["began_at"]
        ended_at = as_it_was(values["ended_at"], known and known.ended_at)
        return Spell(values["component"], ComponentStatus(values["status"]), began_at, ended_at)


class SpellLines(forms.BaseFormSet):
    """The lines; one is taken out by its tick."""

    deletion_widget = forms.CheckboxInput

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["DELETE"].label = "Take out"


Lines = forms.formset_factory(SpellForm, formset=SpellLines, extra=EMPTY_LINES, can_delete=True, max_num=200)


class FactsForm(forms.Form):
    """`facts`: what is so now. `proposed`: the times that nobody said and that may be taken from what happened.
    `corrects`: what was announced and words here correct; None where nobody can be told along with it. `latest`: what
    was said last."""

    title = forms.CharField(required=False)
    severity = forms.ChoiceField(choices=Severity, label="Severity (inside)")
    impact = forms.ChoiceField(label="Impact (what the public reads)")
    type = forms.ModelChoiceField(IncidentType.objects.all(), required=False, empty_label="None")
    owner = forms.ModelChoiceField(User.objects.none(), required=False, empty_label="Nobody")
    started_at, resolved_at, detected_at, acknowledged_at, declared_at, mitigated_at = (
        MomentField(required=name == "started_at", label=label) for name, label in MOMENTS.items()
    )
    spells = forms.Field(required=False, widget=forms.HiddenInput)  # where the messages of the lines stand
    seen = forms.CharField(widget=forms.HiddenInput)
    body = lines(
        4,
        label="Text",
        help_text="Markdown: what was wrong, and what is right. Whoever was told gets it, and the page shows it as a "
        "correction. Left empty, nobody is written to.",
    )
    seen_update = forms.CharField(required=False, widget=forms.HiddenInput)
    request_key = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(
        self,
        data=None,
        *,
        facts: Facts,
        proposed: Mapping[str, datetime],
        at: datetime,
        corrects: Announcement | None = None,
        latest: IncidentUpdate | None = None,
    ):
        self.facts, self.at, self.corrects, self.latest = facts, at, corrects, latest
        initial = {name: getattr(facts, name) for name in _OF_FACTS} | {"seen": facts.marker}
        initial |= {"seen_update": latest.public_id if latest else "", "request_key": new_key()}
        super().__init__(None if data is None else answered(data), initial=initial)
        choices = [(impact.value, impact.label) for impact in Impact if impact != Impact.MAINTENANCE]
        self.fields["impact"].choices = choices  # type: ignore[attr-defined]
        owner = User.objects.filter(pk=facts.owner.pk if facts.owner else 0)  # also one who may no more
        self.fields["owner"].queryset = may_own() | owner  # type: ignore[attr-defined]
        for name, moment in proposed.items():
            self.fields[name].help_text = f"It looks like {timezone.localtime(moment):%-d %b, %H:%M}."
        self.lines = Lines(
            None if data is None else answered(data),
            initial=[spell._asdict() for spell in facts.spells],
            prefix="spell",
        )
        self.conflict: Facts | None = None
        self.said_meanwhile: IncidentUpdate | None = None

    def is_lost(self, now: Facts) -> None:
        """A colleague was first: show what is so now; saving again means that it was read."""
        self.conflict = now
        self._renew(seen=now.marker)

    def is_behind(self, latest: IncidentUpdate) -> None:
        """A colleague said something first: the same."""
        self.said_meanwhile = latest
        self._renew(seen_update=latest.public_id)

    def was_sent(self) -> None:
        """It was published before with other words: with a new key these go out as well."""
        self.add_error(None, "These words were sent before, and changed since. Save again to send them as well.")
        self._renew(request_key=new_key())

    def _renew(self, **values: str) -> None:
        self.data = dict(self.data.items()) | values

    def clean_seen_update(self) -> IncidentUpdate | None:
        is_latest = self.latest and self.latest.public_id == self.cleaned_data["seen_update"]
        if is_latest or not self.words:
            return self.latest
        found = IncidentUpdate.objects.filter(public_id=self.cleaned_data["seen_update"]).first()
        if found is None:
            raise ValidationError("This form did not say which update you had read. Open it again.")
        return found

    @property
    def words(self) -> str:
        """What those who were told are told now; empty for nothing."""
        return same_newlines(self["body"].value() or "").strip() if self.corrects else ""

    def is_valid(self) -> bool:
        return all([super().is_valid(), self.lines.is_valid()])

    @cached_property
    def components(self) -> list[tuple[str, str]]:
        """Key and name of each component that a line may be about, in page order."""
        return [(str(key), name) for key, name in Component.objects.in_order().values_list("pk", "name")]

    @cached_property
    def meant(self) -> Facts:
        """The facts as they are meant. For a valid form only."""
        values = {name: self.cleaned_data[name] for name in _OF_FACTS}
        for name in MOMENTS:
            values[name] = as_it_was(values[name], getattr(self.facts, name))
        values |= {"severity": Severity(values["severity"]), "impact": Impact(values["impact"])}
        return Facts(**values, spells=tuple(self._spells()))

    def _spells(self):
        for number, line in enumerate(self.lines.forms):
            if line in self.lines.deleted_forms or not (line.has_changed() or number < len(self.facts.spells)):
                continue
            yield line.spell(self.facts.spells[number] if number < len(self.facts.spells) else None)

    def refuse(self, error: ValidationError) -> None:
        """Put the messages of an action beside its fields."""
        for field, messages in getattr(error, "error_dict", {None: error}).items():
            self.add_error(field if field in self.fields else None, messages)


def as_it_was(typed: datetime | None, known: datetime | None) -> datetime | None:
    """Return the moment that is meant: a form shows minutes, and one that nobody touched keeps its seconds."""
    is_same = typed and known and typed.replace(second=0, microsecond=0) == known.replace(second=0, microsecond=0)
    return known if is_same else typed
