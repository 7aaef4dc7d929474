"""The choice of affected components and their states: one field a component, usable with three as with three
hundred."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby

from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe

from statuspage.lib.language import Text

from ..actions.composing import STATE_FIELD, is_spoken_of
from ..enums import ComponentStatus
from ..models import Component

# Worst last, as a person reads a scale; what is planned stands apart from it.
TROUBLE = (
    ComponentStatus.DEGRADED_PERFORMANCE,
    ComponentStatus.PARTIAL_OUTAGE,
    ComponentStatus.MAJOR_OUTAGE,
    ComponentStatus.UNDER_MAINTENANCE,
)
FOLD_FROM = 10  # With fewer rows than this the whole list stays open.


def as_fields(states: Mapping[Component, str]) -> dict[str, str]:
    """Return `states` as the values of a form."""
    return {STATE_FIELD + component.public_id: state for component, state in states.items()}


@dataclass(frozen=True)
class Row:
    component: Component
    chosen: str
    options: SafeString  # of its select: the same for most rows, and written once for them

    @property
    def name(self) -> str:
        return STATE_FIELD + self.component.public_id


@dataclass(frozen=True)
class Group:
    name: str
    rows: Sequence[Row]


class ComponentPicker:
    """The choices as they stand in `values` (fields by name), over all components and what is affected already."""

    def __init__(self, values: Mapping[str, str], affected: Mapping[int, str] | None = None, states=TROUBLE):
        self.affected = affected or {}
        self.states = states
        self._options = cache(self._written)
        self.values = {name: value for name, value in values.items() if name.startswith(STATE_FIELD) and value}
        self.components = list(Component.objects.select_related("group").in_order())
        self.rows = [self._row(component) for component in self.components]

    def _row(self, component: Component) -> Row:
        known = self.affected.get(component.pk, "")
        chosen = self.values.get(STATE_FIELD + component.public_id, known)
        chosen = chosen if is_spoken_of(chosen, known) else ""
        return Row(component, chosen, self._options(bool(known), chosen))

    def _written(self, is_affected: bool, chosen: str) -> SafeString:
        """Return the options of a row. `is_affected`: the incident has it already, so it can become operational, but
        not untouched."""
        first: tuple[str, Text] = ("operational", "Operational again") if is_affected else ("", "Not affected")
        options = [first, *((state.value, state.label) for state in self.states)]
        rows = ((value, mark_safe(" selected") if value == chosen else "", label) for value, label in options)
        return format_html_join("\n", '<option value="{}"{}>{}</option>', rows)

    @property
    def chosen(self) -> list[Row]:
        """The rows of what is affected, above the long list."""
        return [row for row in self.rows if row.chosen]

    @property
    def groups(self) -> list[Group]:
        """The others, in page order."""
        others = (row for row in self.rows if not row.chosen)
        by_group = groupby(others, key=lambda row: row.component.group)
        return [Group(group.name if group else "", list(rows)) for group, rows in by_group]

    @property
    def is_long(self) -> bool:
        return len(self.rows) >= FOLD_FROM

    @property
    def is_single(self) -> bool:
        """True where there is one state to give, so that a tick says it."""
        return len(self.states) == 1

    def states_chosen(self) -> dict[Component, ComponentStatus]:
        """Every component that was given a state that there is."""
        chosen = ((row.component, row.chosen) for row in self.chosen)
        return {component: ComponentStatus(state) for component, state in chosen if state in ComponentStatus}

    def problem(self) -> str:
        """Why the choices cannot be taken as they are; empty when they can."""
        if self.values.keys() - {row.name for row in self.rows}:
            return "A component that you chose does not exist any more; look through the list and publish again."
        if any(value not in ComponentStatus for value in self.values.values()):
            return "Choose a state from the list for each component."
        return ""
