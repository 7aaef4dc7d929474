"""Merging and splitting off at a prompt, by the rules of the console."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from incidents.actions import merging, splitting
from incidents.enums import Impact, IncidentStatus, Severity
from incidents.models import Incident, IncidentUpdate

from . import terminal
from .prompted import Read, Typed, read

_NOTHING_ELSE: dict[str, Any] = {"corrects": None, "set": [], "component": []}


def add_acts(acts) -> list[ArgumentParser]:
    """Add the two acts to the subparsers `acts`; returns their parsers, for what every publish is asked."""
    merge = acts.add_parser("merge", help="go on with an incident as part of another, which stays open")
    merge.add_argument("incident", metavar="ID")
    merge.add_argument("into", metavar="INTO", help="the one that goes on")
    split = acts.add_parser("split", help="open an incident of its own for some of the components of one")
    split.add_argument("incident", metavar="ID")
    split.add_argument(
        "--component", metavar="NAME", action="append", default=[], help="goes; repeat it; GROUP/NAME works too"
    )
    split.add_argument("--title", default="", help="one line: what fails, for whom")
    split.add_argument("--severity", choices=Severity.values, help="default: that of the incident")
    split.add_argument("--status", default=IncidentStatus.INVESTIGATING.value, help="default: investigating")
    for parser in (merge, split):
        parser.add_argument("--body", help='what customers read, in Markdown; "-" reads it from the standard input')
        parser.add_argument("--next-update", metavar="WHEN", help="30m, 2h, or 2026-11-21 14:30 in the page's zone")
    return [merge, split]


def merge(incident: Incident, into: Incident, options: dict, at: datetime) -> tuple[IncidentUpdate, str]:
    """Merge; with `dry_run` among the options return what would be said, unsaved. Second, that the clocks leave out the
    time which was typed. Raises Refused."""
    values = {"body": merging.default_body(incident), "next_update_at": merging.standing_promise(into, at=at)}
    seen = into.updates.last_written()
    asked = _read(options, at, values, status=into.status, about=into, seen=seen)
    with asked.refusing(anyway=options["anyway"]):
        act = merging.rehearse if options["dry_run"] else merging.merge
        return act(incident=incident, into=into, seen=seen, **_words(asked)), asked.moved


def split(incident: Incident, options: dict, at: datetime) -> tuple[IncidentUpdate, str]:
    """Split off; returns and raises as `merge` does."""
    components = terminal.components_called(options["component"])
    values = {"title": options["title"], "severity": options["severity"] or incident.severity}
    asked = _read(options, at, values, status=options["status"])
    with asked.refusing(anyway=options["anyway"]):
        act = splitting.rehearse if options["dry_run"] else splitting.split_off
        update = act(
            incident=incident,
            components=components,
            title=asked.incident.title,
            severity=Severity(asked.incident.severity),
            impact=Impact(asked.incident.impact),
            status=asked.draft.status,
            **_words(asked),
        )
        return update, asked.moved


def _read(options: dict, at: datetime, values: dict, **about) -> Read:
    return read(Typed.of(options | _NOTHING_ELSE, at, values, {}, **about))


def _words(asked: Read) -> merging.Words:
    draft = asked.draft
    return {
        "body": draft.body,
        "by": draft.by,
        "at": draft.at,
        "next_update_at": draft.next_update_at,
        "request_key": draft.request_key,
    }
