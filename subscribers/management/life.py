"""The acts of `manage.py incident` that put the life of an incident right: open it again, a false alarm, what is so."""

from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError

from incidents.actions.errors import Conflict, KeyReused
from incidents.actions.facts import Edited, Facts, carried, change, changed, checked, facts_of
from incidents.actions.facts_check import MOMENTS
from incidents.actions.facts_told import change_and_tell, rehearse, what_it_corrects
from incidents.actions.following import statuses_after
from incidents.actions.publishing import is_published
from incidents.enums import Act, Impact, Severity
from incidents.models import Announcement, Incident, IncidentUpdate

from . import refusals, terminal
from .reading import key_of, shown_moment
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
    """Add `incident edit`, which says nothing to anybody unless it is given words for that."""
    edit = add("edit", help="put right what is so; nobody is written to without --body")
    edit.add_argument("incident", metavar="ID")
    edit.add_argument("--title")
    edit.add_argument("--severity", choices=Severity.values)
    edit.add_argument("--impact", choices=[impact.value for impact in Impact if impact != Impact.MAINTENANCE])
    edit.add_argument("--type", metavar="NAME", help='a type of the site\'s list; "" takes it away')
    edit.add_argument("--owner", metavar="USERNAME")
    for name in MOMENTS:
        edit.add_argument(f"--{name.replace('_', '-')}", metavar="WHEN", help=_WHEN)
    edit.add_argument("--body", help='tells those who were told of what is over, as a correction; "-" reads it')
    edit.add_argument("--key", help="the same key sends --body once, however often it is run")
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


def edit(incident: Incident, options: dict, at: datetime) -> tuple[list[str], IncidentUpdate | None]:
    """Change what is so, and tell it where there are words for that, or with `dry_run` only say what would be. Returns
    lines to print, and the update. Raises Refused."""
    if incident.is_maintenance:
        raise Refused("This is planned work: it is moved, not edited.")
    before = facts_of(incident)
    facts = carried(before, replace(before, **_given(options)))
    names = changed(before, facts)
    meant: dict[str, Any] = {"incident": incident, "facts": facts, "seen": before.marker, "by": options["by"], "at": at}
    try:
        update = _act(meant, options)
    except ValidationError as error:
        raise Refused(*refusals.lines(getattr(error, "error_dict", {"": error}).items())) from None
    except (Edited, Conflict):
        raise Refused("Somebody else changed it in this moment. Look at it, then run this again.") from None
    except KeyReused:
        raise Refused("--key: It was used before, for something else. Nothing was changed.") from None
    return _told(before, facts, names, dry_run=options["dry_run"]), update


def _act(meant: dict[str, Any], options: dict) -> IncidentUpdate | None:
    """Do it, or with `dry_run` raise what doing it would. Returns the update that tells it, unsaved after a dry run."""
    incident, dry_run = meant["incident"], options["dry_run"]
    if options["body"] is not None:
        if what_it_corrects(incident) is None and not is_published(options["key"]):
            raise ValidationError({"body": _why_untold(incident)})
        meant |= {"body": terminal.text(options["body"]).strip()}
        return rehearse(**meant) if dry_run else change_and_tell(**meant, request_key=_key(options))
    if dry_run:
        checked(incident, meant["facts"], meant["seen"], meant["at"])
    else:
        change(**meant)
    return None


def _key(options: dict) -> str | None:
    try:
        return key_of(options["key"] or "")
    except ValidationError as error:
        raise ValidationError({"request_key": error.messages}) from None


def _why_untold(incident: Incident) -> str:
    if incident.is_open:
        return "It is open: say it by an update."
    return "Nobody was told of it, so there is nobody to tell: leave this out."


def _given(options: dict) -> dict[str, Any]:
    given = {name: options[name] for name in ("title", "severity", "impact") if options[name] is not None}
    if options["type"] is not None:
        given["type"] = terminal.type_called(options["type"]) if options["type"] else None
    if options["owner"] is not None:
        given["owner"] = terminal.author(options["owner"], option="--owner")
    return given | {name: _moment(name, options[name]) for name in MOMENTS if options[name] is not None}


def _moment(name: str, typed: str) -> datetime | None:
    try:
        return shown_moment(required=name == "started_at").clean(typed)
    except ValidationError as error:
        raise Refused(*refusals.lines([(name, error.messages)])) from None


def _told(before: Facts, facts: Facts, names: list[str], *, dry_run: bool) -> list[str]:
    lines = ["Nothing is changed: this was a dry run."] if dry_run else []
    verb = "Would change" if dry_run else "Changed"
    plain = [name for name in names if name != "spells"]
    lines += [f"{verb}: {name}: {getattr(before, name)} -> {getattr(facts, name)}" for name in plain]
    lines += [f"{verb}: the times of its components"] if "spells" in names else []
    return lines if names else [*lines, "Nothing is other than it was."]
