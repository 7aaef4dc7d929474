"""The form of a merge: an update of the incident that goes on, with the components of both."""

from copy import copy
from dataclasses import replace
from datetime import datetime
from typing import Any

from ..actions import merging
from ..actions.composing import Draft
from ..models import Incident, IncidentUpdate
from .forms import UpdateForm
from .picker import ComponentPicker, as_fields


class MergeForm(UpdateForm):
    merges: Incident

    def __init__(self, data=None, *, merges: Incident, **kwargs):
        self.merges = merges
        super().__init__(data, **kwargs)

    @staticmethod
    def first_values(
        *, incident: Incident, merges: Incident, latest: IncidentUpdate | None, at: datetime
    ) -> dict[str, Any]:
        """What the form begins with: the state and the promise of the one that goes on, and words that can be
        changed."""
        return {
            "status": incident.status,
            "body": merging.default_body(merges),
            "next_update_at": merging.standing_promise(incident, at=at),
            "seen": latest.public_id if latest else "",
        }

    def make_picker(self, values) -> ComponentPicker:
        """Nothing is chosen here: the states are those that both have."""
        both = merging.components_of_both(self.merges, self.incident)
        affected = dict(self.incident.affected.values_list("component_id", "status"))
        affected |= {component.pk: state.value for component, state in both.items()}
        return ComponentPicker(as_fields(both), affected=affected)

    def subject(self) -> Incident:
        goes_on = copy(self.incident)
        goes_on.started_at = min(self.incident.started_at, self.merges.started_at)
        return goes_on

    def draft_so_far(self) -> Draft:
        return replace(super().draft_so_far(), merges=self.merges)

    def draft(self) -> dict[str, Any]:
        asked = super().draft()
        return {key: asked[key] for key in ("body", "next_update_at", "request_key", "seen")}
