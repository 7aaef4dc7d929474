"""Writes to the catalogue of components, and the one rule by which a component gets its state."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model
from django.dispatch import Signal

from ..audit_verbs import AuditVerb
from ..enums import ComponentStatus
from ..models import (
    Actor,
    AuditEvent,
    ChangeFreeze,
    Component,
    ComponentGroup,
    Incident,
    IncidentComponent,
    IncidentTemplate,
    IncidentType,
    IncidentUpdate,
    Site,
    StatusChange,
)
from ..signals import deleting, hiding
from ..status import worst
from .history import keep_first_days
from .periods import follow_own, retell_all_of

_ADDED: dict[type[Model], AuditVerb] = {
    Component: AuditVerb.ADDED_COMPONENT,
    ComponentGroup: AuditVerb.ADDED_GROUP,
    IncidentType: AuditVerb.ADDED_TYPE,
    ChangeFreeze: AuditVerb.ADDED_FREEZE,
    Site: AuditVerb.ADDED_SITE,
}
_CHANGED: dict[type[Model], AuditVerb] = {
    Component: AuditVerb.CHANGED_COMPONENT,
    ComponentGroup: AuditVerb.CHANGED_GROUP,
    IncidentType: AuditVerb.CHANGED_TYPE,
    ChangeFreeze: AuditVerb.CHANGED_FREEZE,
    Site: AuditVerb.CHANGED_SITE,
}
_DELETED: dict[type[Model], AuditVerb] = {
    Component: AuditVerb.DELETED_COMPONENT,
    ComponentGroup: AuditVerb.DELETED_GROUP,
    IncidentTemplate: AuditVerb.DELETED_TEMPLATE,
    IncidentType: AuditVerb.DELETED_TYPE,
    ChangeFreeze: AuditVerb.DELETED_FREEZE,
}
Deletable = Component | ComponentGroup | IncidentTemplate | IncidentType | ChangeFreeze
Entry = Component | ComponentGroup | IncidentType | ChangeFreeze | Site


@transaction.atomic
def refresh_statuses(
    components: Iterable[Component], *, at: datetime, incident: Incident | None = None
) -> list[StatusChange]:
    """Bring each component to the worst of its own state and what holds it down.

    Keeps one StatusChange per component that moved; `incident` is named as the cause.
    """
    # Locked before the reading, so that two publishes on one component add up.
    ids = {component.pk for component in components}
    components = list(Component.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk"))
    implied = _implied_statuses(ids)
    changes = []
    for component in components:
        status = worst([ComponentStatus(component.own_status), *implied[component.pk]])
        if status != component.status:
            Component.objects.filter(pk=component.pk).update(status=status, updated_at=at)
            changes.append(StatusChange(component=component, status=status, at=at, incident=incident))
    return StatusChange.objects.bulk_create(changes)


def _implied_statuses(component_ids: set[int]) -> dict[int, list[ComponentStatus]]:
    implied = defaultdict(list)
    rows = IncidentComponent.objects.holding_down().filter(component_id__in=component_ids)
    for component_id, status in rows.values_list("component_id", "status"):
        implied[component_id].append(ComponentStatus(status))
    return implied


class Afterwards(NamedTuple):
    """The state of a component once an incident is closed; `because` names what keeps it from working, if anything."""

    component: Component
    status: ComponentStatus
    because: str


def after_closing(incident: Incident) -> list[Afterwards]:
    """Return what closing `incident` does to each component it touches, in page order. Writes nothing."""
    touched = Component.objects.filter(incidents=incident).select_related("group").in_order()
    held = defaultdict(list)
    others = IncidentComponent.objects.holding_down().exclude(incident=incident).filter(component__in=touched)
    for row in others.select_related("incident"):
        held[row.component_id].append((ComponentStatus(row.status), row.incident.title))
    return [_afterwards(component, held[component.pk]) for component in touched]


def _afterwards(component: Component, held: list[tuple[ComponentStatus, str]]) -> Afterwards:
    by_itself = (ComponentStatus(component.own_status), "its own state, set apart from incidents")
    status, because = max([by_itself, *held], key=lambda reason: reason[0].rank)
    return Afterwards(component, status, because if status != ComponentStatus.OPERATIONAL else "")


@transaction.atomic
def set_own_status(*, component: Component, status: ComponentStatus, by: Actor, at: datetime) -> Component:
    """Set a component's state apart from incidents; the page follows at once. Announces nothing."""
    component.own_status = status
    component.save(update_fields=["own_status"])
    follow_own(component, at=at)
    refresh_statuses([component], at=at)
    Site.raise_page_version(withdraws=True)
    AuditEvent.record(AuditVerb.SET_COMPONENT_STATUS, component, by=by, at=at, status=status)
    component.refresh_from_db()
    return component


@transaction.atomic
def save_entry(*, entry: Entry, changed: Collection[str] = (), by: Actor, at: datetime) -> Entry:
    """Keep an added or edited entry; the page follows at once. Announces nothing.

    `changed`: the fields that were edited. Of an entry that was there before only these are written, so that a state
    that moved meanwhile stays.
    """
    is_new, also = entry._state.adding, []
    if isinstance(entry, Component):
        entry.updated_at, also = at, ["updated_at"]
    entry.save(update_fields=None if is_new else [*changed, *also])
    if isinstance(entry, Component):
        follow_own(entry, at=at)
        refresh_statuses([entry], at=at)
    if isinstance(entry, Site) and "time_zone" in changed:
        keep_first_days()
    Site.raise_page_version(withdraws=True)
    AuditEvent.record((_ADDED if is_new else _CHANGED)[type(entry)], entry, by=by, at=at, fields=list(changed))
    return entry


def why_kept(entry: Deletable) -> str:
    """Why an entry must not be deleted; empty where it may."""
    if isinstance(entry, Component) and IncidentComponent.objects.filter(component=entry).exists():
        return "It is part of the history. Make it private instead."
    if isinstance(entry, ComponentGroup) and entry.components.exists():
        return "It has components. Move them to another group first."
    if isinstance(entry, Component):
        return _answer(deleting, entry) or _in_templates(entry)
    return _used(entry) if isinstance(entry, IncidentType) else ""


def who_goes_without(component: Component) -> str:
    """Return what it means for people that `component` is private, in a sentence; empty where it means nothing."""
    return _answer(hiding, component)


def _answer(signal: Signal, component: Component) -> str:
    return next((sentence for _, sentence in signal.send(Component, component=component) if sentence), "")


def _in_templates(component: Component) -> str:
    """Approved words would otherwise go out without it, and nobody had approved that. Empty where none names it."""
    names = [
        f"“{name}”" for name in IncidentTemplate.objects.filter(components=component).values_list("name", flat=True)
    ]
    if not names:
        return ""
    which = f"The template {names[0]} names it" if len(names) == 1 else f"Templates name it: {', '.join(names)}"
    return f"{which}. Take it out there first, or make it private instead."


def _used(one: IncidentType) -> str:
    """Say what has this type; empty where nothing has."""
    named = ((one.incidents.count(), "incident"), (one.templates.count(), "template"))
    found = [f"{number:,} {noun}{'' if number == 1 else 's'}" for number, noun in named if number]
    return f"In use: {' and '.join(found)} of this type. Give it another name instead." if found else ""


@transaction.atomic
def delete_entry(*, entry: Deletable, by: Actor, at: datetime) -> None:
    """Remove an entry that nothing depends on. Raises ValidationError with the reason why it must stay."""
    # Locked before the asking, so that nobody comes to depend on it in between.
    type(entry).objects.select_for_update().filter(pk=entry.pk).first()
    if reason := why_kept(entry):
        raise ValidationError(reason)
    AuditEvent.record(_DELETED[type(entry)], entry, by=by, at=at)
    entry.delete()
    Site.raise_page_version(withdraws=True)


@transaction.atomic
def set_visibility(*, incident: Incident, is_public: bool, by: Actor, at: datetime) -> list[StatusChange] | None:
    """Show an incident or maintenance on the page, or hide it with all that was said; None where it is so already.

    A hidden one holds no component down, nor did it ever, as uptime counts: returns the components' states that moved.
    Announces nothing, and what was sent is sent. Raises ValidationError for what was internal from the first: its
    first words for the public are published, see `Act.MAKE_PUBLIC`, and for what was merged: it goes with the other,
    which it names.
    """
    if into := Incident.all_kinds.filter(merged=incident).first():
        raise ValidationError(f"“{incident}” was merged into “{into}”. Show or hide that.")
    if is_public and not incident.updates.public().exists():
        raise ValidationError(f"“{incident}” was internal from the first. Publish its first words for the public.")
    if not Incident.all_kinds.filter(pk=incident.pk, is_public=not is_public).update(is_public=is_public):
        return None
    show_merged(incident, is_public=is_public)
    changes = refresh_statuses(Component.objects.filter(incidents=incident), at=at, incident=incident)
    retell_all_of(incident)
    Site.raise_page_version(withdraws=True)
    states = {change.component.public_id: change.status for change in changes}
    AuditEvent.record(AuditVerb.SHOWED if is_public else AuditVerb.HID, incident, by=by, at=at, components=states)
    return changes


def show_merged(incident: Incident, *, is_public: bool) -> None:
    """Show what was merged into `incident` along with it, or hide it: each names the other. What was hidden when it was
    merged stays so."""
    told = IncidentUpdate.objects.public().filter(incident__merged_into=incident).values("incident")
    Incident.all_kinds.filter(pk__in=list(told.values_list("incident", flat=True))).update(is_public=is_public)
