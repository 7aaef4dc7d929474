"""The acts of `manage.py incident` that put the life of an incident right: open it again, a false alarm, what is so."""

from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError

from incidents.actions.facts import Edited, Facts, carried, change, changed, facts_of
from incidents.actions.facts_check import MOMENTS, problems
from incidents.actions.following import statuses_after
from incidents.enums import Act, Impact, Severity
from incidents.models import Announcement, Incident
from statuspage.lib.moments import MomentField

from . import refusals, terminal
from .terminal import Refused

_WHEN = "a time like 2026-11-21 14:30, in the page's zone"
Add = Callable[..., ArgumentParser]


def add_update_acts(add: Add, add_update: Callable[..., None]) -> None:
    """Add what is said by an update: `incident reopen`, `make-public` and `false-alarm`."""
    again = add("reopen", help="open again what is over; the same incident goes on")
    again.add_argument("incident", metavar="ID")
    add_update(again)
    public = add("make-public", help="publish the first words for the public of what was internal")
    public.add_argument("incident", metavar="ID")
    add_update(public)
    alarm = add("false-alarm", help="end an incident that was none; uptime leaves it out")
    alarm.add_argument("incident", metavar="ID")
    add_update(alarm, with_status=False)


def add_edit(add: Add, add_common: Callable[..., None]) -> None:
    """Add `incident edit`, which says nothing to anybody."""
    edit = add("edit", help="put right what is so; nobody is written to")
    edit.add_argument("incident", metavar="ID")
    edit.add_argument("--title")
    edit.add_argument("--severity", choices=Severity.values)
    edit.add_argument("--impact", choices=[impact.value for impact in Impact if impact != Impact.MAINTENANCE])
    edit.add_argument("--type", metavar="NAME", help='a type of the site\'s list; "" takes it away')
    edit.add_argument("--owner", metavar="USERNAME")
    for name in MOMENTS:
        edit.add_argument(f"--{name.replace('_', '-')}", metavar="WHEN", help=_WHEN)
    add_common(edit)


def corrected_by(announcement: Announcement, at: datetime) -> str:
    """Return the act, with the id that it takes, by which a recalled announcement is corrected."""
    incident = announcement.incident
    if incident.is_open:
        return f"update {incident.public_id}"
    if not announcement.is_last:
        return f"update {incident.public_id} --after-end"
    may_reopen = statuses_after(incident, act=Act.REOPEN, at=at)
    return f"reopen {incident.public_id}" if may_reopen else "open"


def edit(incident: Incident, options: dict, at: datetime) -> list[str]:
    """Change what is so, or with `dry_run` only say what would be. Returns lines to print. Raises Refused."""
    if incident.is_maintenance:
        raise Refused("This is planned work: it is moved, not edited.")
    before = facts_of(incident)
    facts = carried(before, replace(before, **_given(options)))
    names = changed(before, facts)
    try:
        if options["dry_run"]:
            if names and (wrong := problems(incident, before, facts, at=at)):
                raise ValidationError(wrong)
        else:
            change(incident=incident, facts=facts, seen=before.marker, by=options["by"], at=at)
    except ValidationError as error:
        raise Refused(*refusals.lines(error.message_dict.items())) from None
    except Edited:
        raise Refused("Somebody else changed it in this moment. Look at it, then run this again.") from None
    return _told(incident, before, facts, names, dry_run=options["dry_run"])


def _given(options: dict) -> dict[str, Any]:
    given = {name: options[name] for name in ("title", "severity", "impact") if options[name] is not None}
    if options["type"] is not None:
        given["type"] = terminal.type_called(options["type"]) if options["type"] else None
    if options["owner"] is not None:
        given["owner"] = terminal.author(options["owner"], option="--owner")
    return given | {name: _moment(name, options[name]) for name in MOMENTS if options[name] is not None}


def _moment(name: str, typed: str) -> datetime | None:
    try:
        return MomentField(required=name == "started_at").clean(typed)
    except ValidationError as error:
        raise Refused(*refusals.lines([(name, error.messages)])) from None


def _told(incident: Incident, before: Facts, facts: Facts, names: list[str], *, dry_run: bool) -> list[str]:
    lines = ["Nothing is changed: this was a dry run."] if dry_run else []
    verb = "Would change" if dry_run else "Changed"
    plain = [name for name in names if name != "spells"]
    lines += [f"{verb}: {name}: {getattr(before, name)} -> {getattr(facts, name)}" for name in plain]
    lines += [f"{verb}: the times of its components"] if "spells" in names else []
    return [
        *(lines if names else [*lines, "Nothing is other than it was."]),
        f"Incident:     {incident.public_id}",
        f"Address:      {incident.get_public_url()}",
        "Goes to:      nobody",
    ]
