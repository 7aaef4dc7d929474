"""The form that plans a maintenance."""

from datetime import datetime
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.utils.functional import cached_property

from statuspage.lib.form_fields import field_of
from statuspage.lib.moments import MomentField

from ..actions import doubts, plan_notes
from ..actions.beginning import new_maintenance
from ..actions.window_rules import Window, problems_of_window
from ..enums import ComponentStatus, MaintenanceStatus
from ..models import Incident, Site
from .picker import ComponentPicker
from .publish_form import PublishForm
from .recurring_form import RecurringFields

_RUNNING = ("zone", "begins_itself", "ends_itself", "tells_begin", "tells_end")


class MaintenanceForm(RecurringFields, PublishForm):
    title = forms.CharField(required=False, help_text="One line: what we work on.")
    scheduled_for = MomentField(label="Begins")
    scheduled_until = MomentField(label="Ends")
    zone = forms.ChoiceField(required=False, label="Time zone", help_text="In which you type both, and we tell them.")
    begins_itself = forms.BooleanField(required=False, label="Begin by itself at its time")
    tells_begin = forms.BooleanField(required=False, initial=True, label="and tell subscribers")
    ends_itself = forms.BooleanField(required=False, label="End by itself at its time")
    tells_end = forms.BooleanField(required=False, initial=True, label="and tell subscribers")
    is_internal = forms.BooleanField(
        required=False, label="Internal", help_text="Nobody outside reads of it, anywhere; who may publish is told."
    )
    doubted = ("scheduled_until",)
    first_status = MaintenanceStatus.SCHEDULED

    def __init__(self, *args, at: datetime, **kwargs):
        super().__init__(*args, at=at, **kwargs)
        site = Site.load()
        field_of(self, "zone", forms.ChoiceField).choices = [
            ("", f"{site.time_zone} (the page's)"),
            *((name, name) for name in sorted(available_timezones()) if name != site.time_zone),
        ]
        self.fields["begins_itself"].initial, self.fields["ends_itself"].initial = site.begins_itself, site.ends_itself
        zone = self.typed("zone")
        for name in ("scheduled_for", "scheduled_until"):
            field_of(self, name, MomentField).zone = ZoneInfo(zone) if zone else None
        field_of(self, "scheduled_until", MomentField).after = at

    def make_picker(self, values) -> ComponentPicker:
        return ComponentPicker(values, states=(ComponentStatus.UNDER_MAINTENANCE,))

    def clean(self):
        cleaned = super().clean()
        window = cleaned.get("scheduled_for"), cleaned.get("scheduled_until")
        for name, message in problems_of_window(*window, at=self.at).items():
            self.add_error(name, message)
        return cleaned

    @cached_property
    def doubts(self) -> list[doubts.Doubt]:
        begins, ends = self.typed("scheduled_for"), self.typed("scheduled_until")
        said = doubts.of_window(self.text(), begins, ends, at=self.at, field="scheduled_until")
        return said + (plan_notes.doubt_of_length(self.window) if self.window else [])

    @property
    def window(self) -> Window | None:
        """The window as far as it is typed and can be."""
        begins, ends = self.typed("scheduled_for"), self.typed("scheduled_until")
        return (begins, ends) if begins and ends and begins < ends else None

    @property
    def noted(self) -> list[str]:
        """What to know of the window, in sentences."""
        return plan_notes.noted(self.window, self.picker.states_chosen(), at=self.at) if self.window else []

    def subject(self) -> Incident:
        window = {name: self.typed(name) for name in ("scheduled_for", "scheduled_until")}
        return new_maintenance(
            title=self.typed("title") or "Title",
            zone=self.typed("zone") or "",
            is_public=not self.typed("is_internal"),
            by=None,
            at=self.at,
            **window,
        )

    def draft(self) -> dict:
        chosen = {key: self.cleaned_data[key] for key in ("title", "scheduled_for", "scheduled_until", *_RUNNING)}
        return super().draft() | chosen | {"is_public": not self.cleaned_data["is_internal"], "recurs": self.recurs}
