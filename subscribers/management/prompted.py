"""An update from a prompt: read by the rules of the actions, with every refusal named by the option that mends it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from incidents.actions import doubts
from incidents.actions.beginning import new_incident
from incidents.actions.composing import Draft, is_spoken_of
from incidents.actions.corrections import find_recalled, refuse_elsewhere
from incidents.actions.publishing import publish, rehearse
from incidents.actions.words import Words
from incidents.enums import Act, ComponentStatus, Impact, IncidentStatus, MaintenanceStatus, Severity
from incidents.models import (
    Actor,
    Announcement,
    Component,
    Incident,
    IncidentTemplate,
    IncidentType,
    IncidentUpdate,
)
from statuspage.lib.moments import MomentField

from . import asking, refusals, terminal
from .reading import Reading, asked_moment, key_of, one_of, shown_moment
from .terminal import Refused


@dataclass(frozen=True, kw_only=True)
class Typed:
    """An update as it is typed, with what a template and a recalled announcement fill in; nothing of it is checked.

    `next_update_at`: a time as it is written, or a moment that is taken over. `about`: what the update is about, None
    for a new incident, which alone has `title`, `severity`, `impact`, `type` and `owner`.
    """

    at: datetime
    by: Actor
    status: str
    body: str = ""
    blanks: Mapping[str, str] = field(default_factory=dict)
    components: Mapping[Component, str] = field(default_factory=dict)
    next_update_at: str | datetime | None = None
    expected_fixed_by: str = ""
    corrects: str = ""
    display_at: str = ""
    tells: bool = True
    is_late: bool = False
    request_key: str = ""
    about: Incident | None = None
    seen: IncidentUpdate | None = None
    template: IncidentTemplate | None = None
    act: Act = Act.UPDATE
    is_public: bool = True
    title: str = ""
    severity: str = ""
    impact: str = ""
    type: IncidentType | None = None
    owner: Actor = None

    @classmethod
    def of(cls, options: dict, at: datetime, values: dict, components: Mapping[Component, str], **about) -> "Typed":
        """Read the options of the command, over the `values` and `components` that are filled in without being asked
        for."""
        given = {"corrects": options["corrects"]} if options["corrects"] else {}
        if options["body"] is not None:
            given["body"] = terminal.text(options["body"])
        if options["next_update"] is not None:
            given["next_update_at"] = terminal.moment(options["next_update"], at)
        blanks = terminal.blanks(options["set"])
        return cls(
            at=at,
            by=options["by"],
            expected_fixed_by=terminal.moment(blanks.pop(terminal.END, ""), at),
            blanks=blanks,
            components={**components, **terminal.components(options["component"])},
            request_key=options["key"] or "",
            display_at=options.get("at") or "",
            tells=not options.get("quiet"),
            is_late=bool(options.get("after_end")),
            **values | given | about,
        )


@dataclass(frozen=True, kw_only=True)
class Read:
    """The same update, understood. `moved`: that the clocks leave out the time that was typed; empty where they do
    not. `noted`: what to know of a new incident, in lines; it is published all the same."""

    incident: Incident
    draft: Draft
    seen: IncidentUpdate | None
    doubts: list[doubts.Doubt]
    moved: str
    noted: list[str]

    def publish(self, *, dry_run: bool, anyway: bool) -> IncidentUpdate:
        """Publish it; with `dry_run` return what that would save. Raises Refused.

        `anyway`: also where a time in the words differs from what is filled in.
        """
        with self.refusing(anyway=anyway):
            return (rehearse if dry_run else publish)(self.incident, self.draft, seen=self.seen)

    @contextmanager
    def refusing(self, *, anyway: bool) -> Iterator[None]:
        """Raises Refused in the place of what an action raises, and before it for a doubt, unless `anyway`."""
        if self.doubts and not anyway:
            lines = [f"{refusals.option(doubt.field)}{doubt.text}" for doubt in self.doubts]
            raise Refused(*lines, f"Nothing is published. {' '.join(asking.ways(self.doubts))}")
        with refusals.refusing():
            yield


def read(typed: Typed) -> Read:
    """Understand what is typed. Raises Refused with a line for each thing that is wrong."""
    reading, promise = Reading(), asked_moment(typed.at)
    status = reading.of("status", lambda: one_of(typed.status, _statuses(typed.about)), typed.status)
    severity = reading.of("severity", lambda: Severity(one_of(_severity(typed), Severity.values)), Severity.P3)
    words = _words(typed, status, reading, promise)
    corrects = reading.of("corrects", lambda: _corrected(typed), None)
    display_at = reading.of("display_at", lambda: shown_moment().clean(typed.display_at), None)
    key = reading.of("request_key", lambda: key_of(typed.request_key), "")
    title = None if typed.about else typed.title.strip()
    if wrong := reading.refused | words.problems(title=title, refused=reading.refused):
        raise Refused(*refusals.lines(wrong.items()))
    return Read(
        incident=typed.about or _new(typed, severity),
        draft=Draft(
            status=status,
            body=words.filled(),
            by=typed.by,
            at=typed.at,
            components=_spoken_of(typed),
            next_update_at=words.next_update_at,
            request_key=key,
            corrects=corrects,
            act=typed.act,
            display_at=display_at,
            tells=typed.tells,
            is_late=typed.is_late,
        ),
        seen=typed.seen,
        doubts=doubts.of_step(words.filled(), words.next_update_at, status=status, incident=typed.about, at=typed.at)
        + doubts.of_end(words.expected_fixed_by),
        moved=promise.moved_from(typed.next_update_at),
        noted=[] if typed.about else asking.noted(_spoken_of(typed), at=typed.at, request_key=key),
    )


def _words(typed: Typed, status: str, reading: Reading, promise: MomentField) -> Words:
    return Words(
        text=typed.body.strip(),
        status=status,
        at=typed.at,
        template=typed.template,
        next_update_at=reading.of("next_update_at", lambda: promise.clean(typed.next_update_at), None),
        expected_fixed_by=reading.of("expected_fixed_by", lambda: promise.clean(typed.expected_fixed_by), None),
        **typed.blanks,
    )


def _statuses(about: Incident | None) -> list[str]:
    return MaintenanceStatus.values if about and about.is_maintenance else IncidentStatus.values


def _severity(typed: Typed) -> str:
    return typed.about.severity if typed.about else typed.severity


def _corrected(typed: Typed) -> Announcement | None:
    if not typed.corrects:
        return None
    wrong = find_recalled(typed.corrects)
    if typed.about:
        refuse_elsewhere(wrong, typed.about)
    return wrong


def _new(typed: Typed, severity: Severity) -> Incident:
    return new_incident(
        title=typed.title.strip(),
        severity=severity,
        impact=Impact(typed.impact) if typed.impact else None,
        template=typed.template,
        type=typed.type,
        owner=typed.owner,
        is_public=typed.is_public,
        by=typed.by,
        at=typed.at,
    )


def _spoken_of(typed: Typed) -> dict[Component, ComponentStatus]:
    known = dict(typed.about.affected.values_list("component_id", "status")) if typed.about else {}
    states = {component: ComponentStatus(state) for component, state in typed.components.items()}
    return {component: state for component, state in states.items() if is_spoken_of(state, known.get(component.pk))}
