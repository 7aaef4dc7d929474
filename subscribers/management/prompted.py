"""An update from a prompt: read by the rules of the actions, with every refusal named by the option that mends it."""

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from django.core.exceptions import ValidationError

from incidents.actions import doubts
from incidents.actions.composing import Draft, is_spoken_of, new_incident
from incidents.actions.corrections import find_recalled, refuse_elsewhere
from incidents.actions.errors import Conflict, KeyReused
from incidents.actions.publishing import publish, rehearse
from incidents.actions.words import SAID, Words
from incidents.enums import ComponentStatus, Impact, IncidentStatus, MaintenanceStatus, Severity
from incidents.models import Actor, Announcement, Component, Incident, IncidentTemplate, IncidentUpdate
from statuspage.lib.moments import MomentField

from . import terminal
from .terminal import Refused

_OPTIONS = {"components": "--component", "next_update_at": "--next-update", "request_key": "--key"}
_OPTIONS |= {name: f"--set {name}" for name in SAID}
_MOMENT_MESSAGES = {
    "invalid": "Write 30m, 2h, or a time like 2026-11-21 14:30.",
    "twice": "%(clock)s comes twice that night. Write %(first_value)s for the first (%(first)s), %(second_value)s for "
    "the second (%(second)s).",
}
_NOT_BOTH = "Nothing is published. Change one of them, or add --anyway to leave both as they are."
_LONGEST_KEY = 64
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Typed:
    """An update as it is typed, with what a template and a recalled announcement fill in; nothing of it is checked.

    `next_update_at`: a time as it is written, or a moment that is taken over. `about`: what the update is about, None
    for a new incident, which alone has `title`, `severity` and `impact`.
    """

    at: datetime
    by: Actor
    status: str
    body: str = ""
    blanks: Mapping[str, str] = field(default_factory=dict)
    components: Mapping[Component, str] = field(default_factory=dict)
    next_update_at: str | datetime | None = None
    corrects: str = ""
    request_key: str = ""
    about: Incident | None = None
    seen: IncidentUpdate | None = None
    template: IncidentTemplate | None = None
    title: str = ""
    severity: str = ""
    impact: str = ""

    @classmethod
    def of(cls, options: dict, at: datetime, values: dict, components: Mapping[Component, str], **about) -> "Typed":
        """Read the options of the command, over the `values` and `components` that are filled in without being asked
        for."""
        given = {"corrects": options["corrects"]} if options["corrects"] else {}
        if options["body"] is not None:
            given["body"] = terminal.text(options["body"])
        if options["next_update"] is not None:
            given["next_update_at"] = terminal.moment(options["next_update"], at)
        return cls(
            at=at,
            by=options["by"],
            blanks=terminal.blanks(options["set"]),
            components={**components, **terminal.components(options["component"])},
            request_key=options["key"] or "",
            **values | given | about,
        )


@dataclass(frozen=True, kw_only=True)
class Read:
    """The same update, understood. `moved`: that the clocks leave out the time that was typed; empty where they do
    not."""

    incident: Incident
    draft: Draft
    seen: IncidentUpdate | None
    doubts: list[doubts.Doubt]
    moved: str

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
            raise Refused(*(f"{_option(doubt.field)}{doubt.text}" for doubt in self.doubts), _NOT_BOTH)
        try:
            yield
        except ValidationError as error:
            raise Refused(*_lines(getattr(error, "error_dict", {"": error}).items())) from None
        except Conflict:
            raise Refused("Somebody else published an update in this moment. Read it, then run this again.") from None
        except KeyReused:
            raise Refused("--key: It was used before, for something else. Nothing was published again.") from None


class _Reading:
    """Reads one value after another and keeps the messages of all that are refused, by field."""

    def __init__(self) -> None:
        self.refused: dict[str, list[str]] = {}

    def of(self, name: str, clean: Callable[[], T], otherwise: T) -> T:
        try:
            return clean()
        except ValidationError as error:
            self.refused[name] = error.messages
            return otherwise


def read(typed: Typed) -> Read:
    """Understand what is typed. Raises Refused with a line for each thing that is wrong."""
    reading, promise = _Reading(), _promise(typed.at)
    status = reading.of("status", lambda: _one_of(typed.status, _statuses(typed.about)), typed.status)
    severity = reading.of("severity", lambda: Severity(_one_of(_severity(typed), Severity.values)), Severity.P3)
    words = Words(
        text=typed.body.strip(),
        status=status,
        at=typed.at,
        template=typed.template,
        next_update_at=reading.of("next_update_at", lambda: promise.clean(typed.next_update_at), None),
        **typed.blanks,
    )
    corrects = reading.of("corrects", lambda: _corrected(typed), None)
    key = reading.of("request_key", lambda: _key(typed.request_key), "")
    title = None if typed.about else typed.title.strip()
    if wrong := reading.refused | words.problems(title=title, refused=reading.refused):
        raise Refused(*_lines(wrong.items()))
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
        ),
        seen=typed.seen,
        doubts=doubts.of_step(words.filled(), words.next_update_at, status=status, incident=typed.about, at=typed.at),
        moved=promise.moved_from(typed.next_update_at),
    )


def _promise(at: datetime) -> MomentField:
    asked = MomentField(required=False)
    asked.error_messages |= _MOMENT_MESSAGES
    asked.after = at
    return asked


def _one_of(given: str, choices: Iterable[str]) -> str:
    named = ", ".join(choices)
    if not given:
        raise ValidationError(f"Choose from {named}.")
    if given not in choices:
        raise ValidationError(f"{given} is none of {named}.")
    return given


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


def _key(given: str) -> str:
    """The idempotency key, made up where none is given."""
    if len(given) > _LONGEST_KEY:
        raise ValidationError(f"Shorten this to {_LONGEST_KEY} characters; it has {len(given)}.")
    return given or secrets.token_hex(16)


def _new(typed: Typed, severity: Severity) -> Incident:
    return new_incident(
        title=typed.title.strip(),
        severity=severity,
        impact=Impact(typed.impact) if typed.impact else None,
        template=typed.template,
        by=typed.by,
        at=typed.at,
    )


def _spoken_of(typed: Typed) -> dict[Component, ComponentStatus]:
    known = dict(typed.about.affected.values_list("component_id", "status")) if typed.about else {}
    states = {component: ComponentStatus(state) for component, state in typed.components.items()}
    return {component: state for component, state in states.items() if is_spoken_of(state, known.get(component.pk))}


def _lines(errors: Iterable[tuple[str, Iterable]]) -> list[str]:
    """Return one line for each message, named by the option that mends it."""
    return [f"{_option(name)}{text}" for name, messages in errors for text in _texts(messages)]


def _texts(messages: Iterable) -> list[str]:
    return [text for one in messages for text in (one.messages if isinstance(one, ValidationError) else [str(one)])]


def _option(name: str) -> str:
    if not name or name == "__all__":
        return ""
    return f"{_OPTIONS.get(name, f'--{name}')}: "
