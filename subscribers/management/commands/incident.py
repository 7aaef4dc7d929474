import argparse
import sys
import textwrap
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, DjangoHelpFormatter
from django.utils import timezone

from incidents.actions import recalling, steps
from incidents.actions.corrections import recalled, recalled_components, recalled_whole, recalled_words
from incidents.enums import IncidentStatus, MaintenanceStatus, Severity
from incidents.models import Announcement, Component, Incident, IncidentTemplate, IncidentUpdate, Site
from incidents.models.audit import nobody_is_called
from subscribers import offering
from subscribers.board.board import reach
from subscribers.channels import registry
from subscribers.channels.wording import corrected
from subscribers.delivery.audience import numbers, recipients_of, told
from subscribers.management import reshaping, terminal
from subscribers.management.prompted import Typed, read
from subscribers.management.terminal import Refused

EXAMPLES = """\
examples:
  manage.py incident open --title "Card payments fail" --severity P1 --component "Card processing=partial_outage" \\
      --body "Some card payments fail. We are looking into it." --next-update 30m
  manage.py incident open --template "Card payments fail" --set what_we_know="Visa fails." \\
      --set what_we_are_doing="We changed the provider." --next-update 30m --dry-run
  manage.py incident update k3v9x2m4p7qd --status mitigating --body - < words.md
  manage.py incident resolve k3v9x2m4p7qd --body "Payments work again since 14:20 UTC."
  manage.py incident recall 8dk2w5t7n1rs --reason "It names the wrong product"
  manage.py incident update k3v9x2m4p7qd --corrects 8dk2w5t7n1rs --body "Only refunds fail."
  manage.py incident merge k3v9x2m4p7qd w5qdqpbk4zgn --dry-run
  manage.py incident split k3v9x2m4p7qd --component Reports --title "Reports are late" --body "Reports come late."
"""
NO_REASON = "Recalled at the command line, in a hurry."
_WHEN = '30m, 2h, or 2026-11-21 14:30 in the page\'s zone; a correction takes over the one it corrects, "" drops it'
_BODY = 'what customers read, in Markdown; "-" reads it from the standard input'


class Formatter(DjangoHelpFormatter, argparse.RawDescriptionHelpFormatter):
    """Examples keep their lines."""


class Command(BaseCommand):
    help = "Publish without a browser, by the rules of the console: open, update, resolve, recall, merge, split."

    def create_parser(self, prog_name, subcommand, **kwargs):
        return super().create_parser(prog_name, subcommand, formatter_class=Formatter, epilog=EXAMPLES, **kwargs)

    def add_arguments(self, parser):
        acts = parser.add_subparsers(dest="act", required=True, metavar="open|update|resolve|recall|merge|split")
        opening = acts.add_parser("open", help="open an incident with its first update")
        opening.add_argument("--title", help="one line: what fails, for whom")
        names = ", ".join(label.replace(" · ", " ") for label in Severity.labels)
        opening.add_argument("--severity", choices=Severity.values, help=f"inside: {names}")
        opening.add_argument("--template", metavar="NAME", help="an approved template: title, severity, words")
        self._add_update(opening)
        update = acts.add_parser("update", help="add an update to an incident or a maintenance")
        update.add_argument("incident", metavar="ID")
        self._add_update(update)
        resolve = acts.add_parser("resolve", help="close an incident, or complete a maintenance")
        resolve.add_argument("incident", metavar="ID")
        self._add_update(resolve, with_status=False)
        recall = acts.add_parser("recall", help="send no more of an announcement")
        recall.add_argument("announcement", metavar="ANNOUNCEMENT")
        recall.add_argument("--reason", default=NO_REASON, help="for ourselves; customers do not see it")
        self._add_common(recall)
        for parser in reshaping.add_acts(acts):
            self._add_publishing(parser)

    def _add_update(self, parser, with_status: bool = True):
        if with_status:
            parser.add_argument("--status", help="default: investigating, later as it is")
            parser.add_argument("--next-update", metavar="WHEN", help=_WHEN)
        parser.add_argument("--body", help=_BODY)
        parser.add_argument(
            "--component", metavar="NAME=STATUS", action="append", default=[], help="repeat it; GROUP/NAME works too"
        )
        parser.add_argument(
            "--set", metavar="BLANK=TEXT", action="append", default=[], help="fills a blank of the approved words"
        )
        parser.add_argument(
            "--corrects",
            metavar="ANNOUNCEMENT",
            help="a recalled one; who got that hears this first, its promise goes along",
        )
        self._add_publishing(parser)

    def _add_publishing(self, parser):
        parser.add_argument(
            "--anyway", action="store_true", help="publish though the words name another time than --next-update"
        )
        parser.add_argument("--key", help="the same key publishes once, however often it is run")
        self._add_common(parser)

    def _add_common(self, parser):
        parser.add_argument("--by", metavar="USERNAME", help="who does it; default: the command line")
        parser.add_argument("--dry-run", action="store_true", help="say what it would do, and do nothing")

    def handle(self, *, act: str, **options):
        at = terminal.asked_at(options.get("key"), timezone.now())
        try:
            with nobody_is_called("command line"), timezone.override(Site.load().zone):
                options["by"] = terminal.author(options["by"])
                getattr(self, f"_{act}")(options, at)
        except Refused as refused:
            for line in refused.lines:
                self.stderr.write(line)
            sys.exit(1)

    def _open(self, options: dict, at: datetime) -> None:
        template = terminal.template_called(options["template"])
        wrong = recalled(options["corrects"] or "")
        status = options["status"] or (steps.first_step(template) if template else IncidentStatus.INVESTIGATING)
        given = {name: options[name] for name in ("title", "severity") if options[name] is not None}
        values = (
            (steps.opening_of(template, status) if template else {})
            | _carried(recalled_whole(wrong) if wrong else {})
            | given
        )
        components = _components(template, wrong)
        self._publish(Typed.of(options, at, values, components, status=status, template=template), options)

    def _update(self, options: dict, at: datetime, status: str | None = None) -> None:
        incident = terminal.incident_called(options["incident"])
        wrong = recalled(options["corrects"] or "")
        status = status or options["status"] or _status_of(wrong, incident)
        values = _carried(recalled_words(wrong) if wrong else {})
        values |= {"body": steps.step_text(incident.template, status), "template": incident.template}
        latest = incident.updates.order_by("-pk").first()
        self._publish(Typed.of(options, at, values, {}, status=status, about=incident, seen=latest), options)

    def _resolve(self, options: dict, at: datetime) -> None:
        incident = terminal.incident_called(options["incident"])
        closing = MaintenanceStatus.COMPLETED if incident.is_maintenance else IncidentStatus.RESOLVED
        if options["body"] is None and not steps.step_text(incident.template, closing):
            options["body"] = f"This {incident.get_kind_display().lower()} is {closing.label.lower()}."
        self._update(options | {"next_update": None}, at, closing)

    def _recall(self, options: dict, at: datetime) -> None:
        found = Announcement.objects.select_related("incident").filter(public_id=options["announcement"]).first()
        if found is None:
            raise Refused(f"There is no announcement {options['announcement']}. {_announced(options['announcement'])}")
        if not options["dry_run"]:
            try:
                recalling.recall(announcement=found, reason=options["reason"], by=options["by"], at=at)
            except ValidationError as error:
                raise Refused(*(f"--reason: {message}" for message in error.messages)) from None
        waiting, reached = reach(found)
        self._say(found.incident, found)
        keeps, people = "would keep" if options["dry_run"] else "keeps", "person" if waiting == 1 else "people"
        has = "has" if reached == 1 else "have"
        self.stdout.write(f"Recalled:     {keeps} it from {waiting:,} {people}; {reached:,} {has} it already")
        if not options["dry_run"]:
            act = f"update {found.incident.public_id}" if found.incident.is_open else "open"
            self.stdout.write(f"Correct it:   manage.py incident {act} --corrects {found.public_id} --body -")

    def _merge(self, options: dict, at: datetime) -> None:
        incident, into = (terminal.incident_called(options[name]) for name in ("incident", "into"))
        self._say_published(*reshaping.merge(incident, into, options, at), options["dry_run"], merges=incident)

    def _split(self, options: dict, at: datetime) -> None:
        incident = terminal.incident_called(options["incident"])
        self._say_published(*reshaping.split(incident, options, at), options["dry_run"])

    def _publish(self, typed: Typed, options: dict) -> None:
        asked = read(typed)
        update = asked.publish(dry_run=options["dry_run"], anyway=options["anyway"])
        self._say_published(update, asked.moved, options["dry_run"])

    def _say_published(self, update: IncidentUpdate, moved: str, dry_run: bool, merges: Incident | None = None) -> None:
        announcement = _announcement(update)
        if moved:
            self.stderr.write(f"--next-update: {moved}")
        if dry_run:
            self.stdout.write("Nothing is published: this was a dry run.")
            self.stdout.write(f"Would say:    [{update.status_label}] {update.incident.title}")
            self.stdout.write(textwrap.indent(update.body, "  "))
            self.stdout.write(f"Would go to:  {_people(announcement, merges)}")
        else:
            self._say(update.incident, announcement)
            self.stdout.write(f"Goes to:      {_people(announcement)}")
        if announcement and announcement.corrects:
            self.stdout.write(f"Corrects:     {_corrected(announcement, announcement.corrects)}")

    def _say(self, incident: Incident, announcement: Announcement | None) -> None:
        self.stdout.write(f"Incident:     {incident.public_id}")
        self.stdout.write(f"Address:      {incident.get_public_url()}")
        self.stdout.write(f"Announcement: {announcement.public_id if announcement else 'none, the incident is hidden'}")


def _components(template: IncidentTemplate | None, wrong: Announcement | None) -> dict[Component, str]:
    """Return what a new incident is about without being asked for: what its template says, and what was recalled."""
    return (steps.components_of(template) if template else {}) | (recalled_components(wrong) if wrong else {})


def _carried(recalled: dict) -> dict:
    """Return what a correction takes over without being asked, as in the console: the promise, and for a new incident
    what it is about. The words were wrong and the state may not follow: neither is taken over."""
    return {name: value for name, value in recalled.items() if name not in ("body", "status") and value}


def _status_of(wrong: Announcement | None, incident: Incident) -> str:
    """Return the status of an update where none is typed: that of the words which it corrects, where it may follow."""
    return wrong.status if wrong and wrong.status in incident.next_statuses else incident.status


def _corrected(announcement: Announcement, wrong: Announcement) -> str:
    """Return what it corrects, and how many of those who have that hear this, before all others."""
    reached = told(wrong.pk).values("subscriber")
    number = recipients_of(announcement).filter(pk__in=reached).count()
    first = "1 person has it and hears this" if number == 1 else f"{number:,} people have it and hear this"
    return f"{corrected(announcement, timezone.get_current_timezone())}; {first} first"


def _announced(public_id: str) -> str:
    """Return where the id of an announcement is found, for somebody who gave that of the incident, or none."""
    newest = Announcement.objects.filter(incident__public_id=public_id).order_by("-pk").first()
    if newest is None:
        return "`manage.py deliveries` lists them."
    return f"That is an incident; the last it announced is {newest.public_id} ({newest.status_label})."


def _announcement(update: IncidentUpdate) -> Announcement | None:
    """Return the announcement of an update; None of a hidden incident. After a dry run it is in memory alone."""
    return getattr(update, "announcement", None)


def _people(announcement: Announcement | None, merges: Incident | None = None) -> str:
    hearing = numbers(announcement, merges=merges) if announcement else {}
    found = [(one, number) for one, number in hearing.items() if number]
    parts = [f"{number:,} by {_named(channel)}" for channel, number in found if offering.is_offered(channel)]
    if parts:
        number, by = parts[0].split(" ", 1)
        parts[0] = f"{number} {'person' if number == '1' else 'people'} {by}"
    unreached = [(channel, number) for channel, number in found if not offering.is_offered(channel)]
    parts = [", ".join(parts) or "nobody"]
    parts += [f"{number:,} by {_named(one)} cannot be reached: {offering.why_not(one)}" for one, number in unreached]
    return "; ".join(parts)


def _named(channel):
    return registry.of(channel).in_a_sentence
