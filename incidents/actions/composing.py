"""The draft of an update and what becomes of it: the update and the announcement that publishing saves and a preview
shows.

Reads the database and writes nothing.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypedDict

from django.core.exceptions import ValidationError

from statuspage.lib import markdown

from ..enums import CLOSED, WINDOW_ACTS, Act, ComponentStatus, IncidentStatus, is_in_force
from ..models import (
    Actor,
    Announcement,
    Component,
    Incident,
    IncidentUpdate,
)
from . import dating, planned_words
from .recurrence import Recurrence
from .window_rules import Window, change_of, move_window
from .wording import validate

Affected = Mapping[Component, ComponentStatus]
STATE_FIELD = "component-"  # before the public id of a component: the field of a form that gives its state


@dataclass(frozen=True, kw_only=True)
class Draft:
    """An update on its way to being published. `components` leaves out those whose state stays as it is.

    `corrects`: the announcement that it puts right, recalled unless this is a word after the end; whoever got that
    hears this first. `display_at`: the time that it shows, where that is an earlier one than `at`. Without `tells`
    nobody is written to. `is_late`: said after the end, which stays as it is. `merges`: the incident that it takes in.
    `splits_off`: the components that it takes from the incident which the new one follows. `window`: when the planned
    work takes place instead of when it did until now. `recurs`: how the window that it plans comes back.
    """

    status: str
    body: str
    by: Actor
    at: datetime
    components: Affected = field(default_factory=dict)
    next_update_at: datetime | None = None
    request_key: str | None = None
    corrects: Announcement | None = None
    act: Act = Act.UPDATE
    display_at: datetime | None = None
    tells: bool = True
    is_late: bool = False

    def shown_at(self, incident: Incident) -> datetime:
        """Return the time that it shows in the timeline of `incident`."""
        return dating.shown_at(incident, self.display_at, at=self.at)

    def stands_behind(self, incident: Incident) -> bool:
        """Return whether something newer was said of `incident` than the time that this shows."""
        return self.display_at is not None and dating.stands_behind(incident, self.shown_at(incident))

    def moves(self, incident: Incident) -> bool:
        """Return whether it says how `incident` is now: its state, promise, components and end. A late word does
        not."""
        return not self.is_late and not self.stands_behind(incident)

    merges: Incident | None = None
    splits_off: Collection[Component] = ()
    window: Window | None = None
    recurs: Recurrence | None = None

    @property
    def says_itself(self) -> bool:
        """Whether the words are ours: an act on planned work for which nobody wrote any."""
        return self.act in WINDOW_ACTS and not self.body

    @property
    def promise(self) -> datetime | None:
        """The time at which we write again; None once this closes the incident."""
        return None if self.status in CLOSED else self.next_update_at

    @property
    def takes_over(self) -> bool:
        """True where its components were in their states before, by the word of another incident."""
        return bool(self.merges or self.splits_off)


class More(TypedDict, total=False):
    """The arguments that a caller may leave out of a Draft."""

    components: Affected
    next_update_at: datetime | None
    request_key: str | None
    corrects: Announcement | None
    act: Act
    display_at: datetime | None
    tells: bool
    is_late: bool


@dataclass(frozen=True, kw_only=True)
class Composed:
    """An update that is not saved. `components`: the public ones it is about with their states, in page order.

    `is_backdated`: it shows a time that was past when it was written.
    """

    update: IncidentUpdate
    components: Affected
    corrects: Announcement | None
    reopens: bool
    is_backdated: bool
    window: Window | None

    def announcement(self) -> Announcement:
        """Return what the public is told, not saved either. Of a hidden incident nothing is announced."""
        incident, update = self.update.incident, self.update
        begins, ends = self.window or (incident.scheduled_for, incident.scheduled_until)
        return Announcement(
            update=update,
            incident=incident,
            kind=incident.kind,
            title=incident.title,
            status=update.status,
            severity=incident.severity,
            impact=incident.impact,
            body=update.body,
            body_html=update.body_html,
            components=[
                {"id": component.pk, "name": component.name, "status": state}
                for component, state in self.components.items()
            ],
            corrects=self.corrects,
            is_first=not incident.is_announced,
            reopens=self.reopens,
            is_false_alarm=update.is_false_alarm,
            is_late=update.is_late,
            is_backdated=self.is_backdated,
            next_update_at=update.next_update_at,
            scheduled_for=begins,
            scheduled_until=ends,
            window_change=update.window_change,
            published_at=update.display_at,
        )


def check(incident: Incident, draft: Draft) -> None:
    """Raises ValidationError, by field, for what can never be published, whatever happens meanwhile."""
    is_new = incident.pk is None
    if not draft.says_itself:
        validate(body=draft.body, title=incident.title if is_new else None)
    if is_new and draft.status in CLOSED:
        raise ValidationError({"status": "A new incident cannot begin as resolved."})
    if draft.act == Act.FALSE_ALARM and draft.status != IncidentStatus.RESOLVED:
        raise ValidationError({"status": "A false alarm ends the incident."})
    if problem := dating.problem_of(incident, draft.display_at, at=draft.at):
        raise ValidationError({"display_at": problem})
    if draft.corrects and not (draft.corrects.is_recalled or draft.is_late):
        raise ValidationError("What this corrects is still going out. Recall it first, then publish.", code="live")


def is_spoken_of(state: str, known: str | None) -> bool:
    """Return whether an update that gives a component `state` speaks of it: not where it is fine and was not affected.

    `known`: the state that the incident gave it before; empty or None where it did not name it.
    """
    return bool(known) or state != ComponentStatus.OPERATIONAL


def compose(incident: Incident, draft: Draft, *, known: Mapping[int, str] | None = None) -> Composed:
    """Return what `draft` says of `incident` as it stands; see `move`. `known`: the states of its components by key,
    where they would be others than are saved."""
    if known is None:
        known = dict(incident.affected.values_list("component_id", "status")) if incident.pk else {}
    before = dict(known) if incident.is_in_force else {}
    drafted = {component.pk: state for component, state in draft.components.items()}
    if draft.takes_over:
        before |= drafted
    components = _public({**known, **drafted})
    now = components if is_in_force(draft.status) else dict.fromkeys(components, ComponentStatus.OPERATIONAL)
    shown_at = draft.shown_at(incident)
    if draft.stands_behind(incident):
        components = now = dating.states_then(incident, components, shown_at)
        before = {component.pk: state for component, state in now.items()}
    body = planned_words.words_of(incident, draft.act, draft.window) if draft.says_itself else draft.body
    update = IncidentUpdate(
        incident=incident,
        status=draft.status,
        body=body,
        body_html=markdown.render(body),
        display_at=shown_at,
        is_late=draft.is_late,
        window_change=change_of(incident, draft.window),
        next_update_at=draft.promise,
        affected_components=said_of(now, before),
        is_false_alarm=draft.act == Act.FALSE_ALARM,
        is_public=incident.is_public or draft.act == Act.MAKE_PUBLIC,
        created_by=draft.by,
        created_at=draft.at,
    )
    return Composed(
        update=update,
        components=components,
        corrects=draft.corrects,
        reopens=draft.act == Act.REOPEN,
        window=draft.window,
        is_backdated=draft.at - shown_at >= dating.MINUTE,
    )


def _public(states: Mapping[int, str]) -> dict[Component, ComponentStatus]:
    """Return those of `states`, which are by component id, that the public may know of, in page order."""
    found = Component.objects.public().in_order().filter(pk__in=states)
    return {component: ComponentStatus(states[component.pk]) for component in found}


def said_of(now: Mapping[Component, str], before: Mapping[int, str]) -> list[dict[str, str]]:
    """Return what an update says of each of `now`. `before`, by component id, leaves out those that were fine."""
    return [
        {
            "code": component.public_id,
            "name": component.name,
            "old_status": before.get(component.pk, ComponentStatus.OPERATIONAL),
            "new_status": state,
        }
        for component, state in now.items()
    ]


def move(incident: Incident, draft: Draft) -> None:
    """Bring `incident` along with what `draft` says, in memory: with a late word only that something was said."""
    incident.updated_at = draft.at
    if not draft.moves(incident):
        return
    if draft.window:
        move_window(incident, draft.window, at=draft.at)
    incident.status = draft.status
    incident.next_update_at = draft.promise
    ended_at = incident.resolved_at or draft.shown_at(incident)
    incident.resolved_at = ended_at if draft.status in CLOSED else None
    incident.is_false_alarm = draft.status in CLOSED and (incident.is_false_alarm or draft.act == Act.FALSE_ALARM)
    incident.is_public |= draft.act == Act.MAKE_PUBLIC
    if draft.status == IncidentStatus.MONITORING and incident.monitoring_at is None:
        incident.monitoring_at = draft.shown_at(incident)
