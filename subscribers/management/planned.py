"""Planned work from a prompt: what is typed, read in the zone of its window."""

from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from django.utils import timezone

from incidents.actions import doubts, plan_notes, scheduling
from incidents.actions.composing import Draft
from incidents.actions.planned_words import zone_of
from incidents.actions.publishing import publish, rehearse
from incidents.actions.recurrence import Recurrence, read_start
from incidents.actions.series import begin_series
from incidents.actions.window_rules import Window
from incidents.enums import Act
from incidents.models import Component, Incident, IncidentUpdate, Site
from incidents.models.site import validate_zone

from . import refusals, terminal
from .reading import Reading, asked_moment, key_of
from .terminal import Refused

EXAMPLES = """\
examples:
  manage.py maintenance plan --title "Database upgrade" --from 2027-03-07T02:00 --until 2027-03-07T04:00 \\
      --component Database --body "We upgrade the database." --dry-run
  manage.py maintenance plan --title "Database upgrade" --from 2027-03-07T02:00 --until 2027-03-07T04:00 \\
      --rrule "FREQ=MONTHLY;BYDAY=1SU" --component Database --body "We upgrade it on the first Sunday of each month."
  manage.py maintenance move k3v9x2m4p7qd --from 2027-03-08T02:00 --until 2027-03-08T04:00
  manage.py maintenance extend k3v9x2m4p7qd --until 1h
  manage.py maintenance start k3v9x2m4p7qd
  manage.py maintenance end k3v9x2m4p7qd --body "Done, an hour early."
  manage.py maintenance cancel k3v9x2m4p7qd --quiet
"""
ACTS = {"move": Act.MOVE, "extend": Act.MOVE, "start": Act.START, "end": Act.END, "cancel": Act.CANCEL}
_HELP = {
    "move": "give it another window",
    "extend": "give it another end, later or earlier",
    "start": "begin it now",
    "end": "end it now",
    "cancel": "call off what has not begun",
}
_WHEN = "30m, 2h, or 2027-03-07T02:00 in the zone of the window"
_BODY = 'what customers read, in Markdown; "-" reads it from the standard input'


def add_acts(parser: ArgumentParser) -> None:
    """Add what may be done, each act with its options."""
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    plan = acts.add_parser("plan", help="plan a maintenance and announce it")
    plan.add_argument("--title", default="", help="one line: what we work on")
    plan.add_argument("--from", metavar="WHEN", default="", help=_WHEN)
    plan.add_argument("--until", metavar="WHEN", default="", help="the same")
    plan.add_argument(
        "--component", metavar="NAME", action="append", default=[], help="repeat it; GROUP/NAME works too"
    )
    plan.add_argument("--zone", default="", help="like Europe/Berlin; default: the page's")
    plan.add_argument("--rrule", default="", help="how it comes back, as calendars write it: FREQ=WEEKLY;BYDAY=SU")
    plan.add_argument(
        "--exdate",
        metavar="START",
        action="append",
        default=[],
        help="one that is left out: 2027-12-26T02:00",
    )
    plan.add_argument("--by-hand", action="store_true", help="it neither begins nor ends by itself")
    plan.add_argument("--internal", action="store_true", help="nobody outside reads of it")
    plan.add_argument("--body", default="", help=_BODY)
    _add_common(plan)
    for name in ACTS:
        act = acts.add_parser(name, help=_HELP[name])
        act.add_argument("maintenance", metavar="ID")
        if name == "move":
            act.add_argument("--from", metavar="WHEN", default="", help=f"{_WHEN}; default: as it is")
        if ACTS[name] == Act.MOVE:
            act.add_argument("--until", metavar="WHEN", default="", help=f"{_WHEN}; default: as it is")
        act.add_argument("--body", default="", help=f"{_BODY}; default: words of ours")
        act.add_argument("--quiet", action="store_true", help="show it, and write to nobody")
        _add_common(act)


def _add_common(parser: ArgumentParser) -> None:
    parser.add_argument("--anyway", action="store_true", help="though the words name another time, or it lasts a month")
    parser.add_argument("--key", default="", help="the same key does it once, however often it is run")
    parser.add_argument("--by", metavar="USERNAME", help="who does it; default: the command line")
    parser.add_argument("--dry-run", action="store_true", help="say what it would do, and do nothing")


@dataclass(frozen=True)
class Asked:
    """What is asked for, understood. `notes`: what to know of it, in lines; it is done all the same."""

    incident: Incident
    draft: Draft
    seen: IncidentUpdate | None
    doubts: list[doubts.Doubt]
    notes: list[str]

    def act(self, *, dry_run: bool, anyway: bool) -> IncidentUpdate:
        """Do it; with `dry_run` return what that would save. Raises Refused, also for a doubt unless `anyway`."""
        if self.doubts and not anyway:
            lines = [f"{refusals.option(doubt.field)}{doubt.text}" for doubt in self.doubts]
            raise Refused(*lines, "Nothing is published. Change it, or say --anyway.")
        with refusals.refusing():
            if dry_run:
                return rehearse(self.incident, self.draft, seen=self.seen)
            return publish(self.incident, self.draft, seen=self.seen, prepare=begin_series)


def plan(options: dict, at: datetime) -> Asked:
    """Understand `maintenance plan`. Raises Refused with a line for each thing that is wrong."""
    reading = Reading()
    zone = reading.of("zone", partial(_zone, options["zone"]), "")
    components = terminal.components_called(options["component"])
    with timezone.override(ZoneInfo(zone) if zone else Site.load().zone):
        begins, ends, moved = _window(options, at, reading, required=True)
    key = reading.of("request_key", partial(key_of, options["key"]), "")
    if reading.refused or not (begins and ends):
        raise Refused(*refusals.lines(reading.refused.items()))
    by_hand = {"begins_itself": False, "ends_itself": False} if options["by_hand"] else {}
    body = terminal.text(options["body"]).strip()
    with refusals.refusing():
        maintenance, draft = scheduling.drafted(
            title=options["title"].strip(),
            body=body,
            components=components,
            scheduled_for=begins,
            scheduled_until=ends,
            zone=zone,
            is_public=not options["internal"],
            request_key=key,
            by=options["by"],
            at=at,
            recurs=_recurrence(options, (begins, ends), ZoneInfo(zone) if zone else Site.load().zone),
            **by_hand,
        )
    return Asked(maintenance, draft, None, *_asides((begins, ends), body, components, maintenance, at, moved))


def act(name: str, maintenance: Incident, options: dict, at: datetime) -> Asked:
    """Understand every other act. Raises Refused with a line for each thing that is wrong."""
    if not maintenance.is_maintenance:
        raise Refused("This is an incident: see manage.py incident.")
    reading = Reading()
    window, moved = None, list[str]()
    if ACTS[name] == Act.MOVE:
        with timezone.override(zone_of(maintenance)):
            begins, ends, moved = _window(options, at, reading)
        own = maintenance.window or (at, at)
        window = (begins or own[0], ends or own[1])
    key = reading.of("request_key", partial(key_of, options["key"]), "")
    if reading.refused:
        raise Refused(*refusals.lines(reading.refused.items()))
    body = terminal.text(options["body"]).strip()
    more: scheduling.More = {"body": body, "tells": not options["quiet"], "request_key": key}
    draft = scheduling.draft_of(ACTS[name], maintenance, window=window, by=options["by"], at=at, **more)
    named = [row.component for row in maintenance.affected.select_related("component")]
    asides = _asides(window, body, named, maintenance, at, moved) if window else ([], [])
    return Asked(maintenance, draft, maintenance.updates.last_written(), *asides)


def _asides(
    window: Window, body: str, components: list[Component], about: Incident, at: datetime, moved: list[str]
) -> tuple[list[doubts.Doubt], list[str]]:
    said = doubts.of_window(body, *window, at=at, field="scheduled_until") + plan_notes.doubt_of_length(window)
    return said, [*moved, *plan_notes.noted(window, components, at=at, besides=about)]


def _recurrence(options: dict, window: Window, zone: ZoneInfo) -> Recurrence | None:
    """Raises ValidationError, by field."""
    if not options["rrule"]:
        return None
    without = frozenset(map(read_start, options["exdate"]))
    return Recurrence.of_window(*window, zone, options["rrule"], without)


def _zone(given: str) -> str:
    if given:
        validate_zone(given)
    return given


def _window(
    options: dict, at: datetime, reading: Reading, *, required: bool = False
) -> tuple[datetime | None, datetime | None, list[str]]:
    """Begin and end as typed, None where nothing is; and what the clocks leave out."""
    asked = asked_moment(at)
    asked.required = required
    typed = {option: terminal.moment(options.get(option) or "", at) for option in ("from", "until")}
    read: Callable[[str, str], datetime | None] = lambda field, one: reading.of(field, partial(asked.clean, one), None)  # noqa: E731
    begins, ends = read("scheduled_for", typed["from"]), read("scheduled_until", typed["until"])
    moved = [(option, asked.moved_from(given)) for option, given in typed.items()]
    return begins, ends, [f"--{option}: {words}" for option, words in moved if words]
