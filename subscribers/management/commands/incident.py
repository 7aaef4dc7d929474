import sys
import textwrap
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand
from django.utils import timezone

from incidents.actions import recalling, steps
from incidents.actions.corrections import recalled, recalled_components, recalled_whole, recalled_words
from incidents.enums import Act, IncidentStatus, MaintenanceStatus
from incidents.models import Announcement, Component, Incident, IncidentTemplate, IncidentUpdate, Site
from incidents.models.audit import nobody_is_called
from subscribers.board.board import reach
from subscribers.channels.wording import corrected
from subscribers.delivery.audience import is_rolled_up, recipients_of, told
from subscribers.management import edited, hearing, incident_options, life, reshaping, terminal
from subscribers.management.prompted import Typed, read
from subscribers.management.terminal import Formatter, Refused


class Command(BaseCommand):
    help = "Publish without a browser, by the rules of the console: open, update, resolve, recall, edit."

    def create_parser(self, prog_name, subcommand, **kwargs):
        return super().create_parser(
            prog_name,
            subcommand,
            formatter_class=Formatter,
            epilog=incident_options.EXAMPLES,
            **kwargs,
        )

    def add_arguments(self, parser):
        incident_options.add_acts(parser)

    def handle(self, *, act: str, **options):
        at = terminal.asked_at(options.get("key"), timezone.now())
        try:
            with nobody_is_called("command line"), timezone.override(Site.load().zone):
                options["by"] = terminal.author(options["by"])
                getattr(self, f"_{act.replace('-', '_')}")(options, at)
        except Refused as refused:
            for line in refused.lines:
                self.stderr.write(line)
            sys.exit(1)

    def _open(self, options: dict, at: datetime) -> None:
        template = terminal.template_called(options["template"])
        wrong = recalled(options["corrects"] or "")
        status = options["status"] or (steps.first_step(template) if template else IncidentStatus.INVESTIGATING)
        given = {name: options[name] for name in ("title", "severity") if options[name] is not None}
        given |= {"type": named} if (named := terminal.type_called(options["type"])) else {}
        given["is_public"] = not options["internal"]
        given["owner"] = terminal.author(options["owner"], option="--owner")
        values = (
            (steps.opening_of(template, status) if template else {})
            | _carried(recalled_whole(wrong) if wrong else {})
            | given
        )
        components = _components(template, wrong)
        self._publish(Typed.of(options, at, values, components, status=status, template=template), options)

    def _reopen(self, options: dict, at: datetime) -> None:
        self._update(options | {"status": options["status"] or IncidentStatus.INVESTIGATING}, at, act=Act.REOPEN)

    def _false_alarm(self, options: dict, at: datetime) -> None:
        self._update(options | {"next_update": None}, at, IncidentStatus.RESOLVED, act=Act.FALSE_ALARM)

    def _make_public(self, options: dict, at: datetime) -> None:
        self._update(options, at, act=Act.MAKE_PUBLIC)

    def _edit(self, options: dict, at: datetime) -> None:
        incident = terminal.incident_called(options["incident"])
        lines, update = life.edit(incident, options, at)
        for line in lines:
            self.stdout.write(line)
        if update:
            self._say_published(update, "", options["dry_run"])
            return
        self._say_where(incident)
        self.stdout.write("Goes to:      nobody")

    def _update(self, options: dict, at: datetime, status: str | None = None, act: Act = Act.UPDATE) -> None:
        incident = terminal.incident_called(options["incident"])
        wrong = recalled(options["corrects"] or "")
        status = status or options["status"] or _status_of(wrong, incident)
        values = _carried(recalled_words(wrong) if wrong else {})
        approved = "" if options.get("after_end") else steps.step_text(incident.template, status)  # said at the end
        values |= {"body": approved, "template": incident.template}
        latest = incident.updates.last_written()
        self._publish(Typed.of(options, at, values, {}, status=status, about=incident, seen=latest, act=act), options)

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
            self.stdout.write(
                f"Correct it:   manage.py incident {life.corrected_by(found, at)} --corrects {found.public_id} --body -"
            )

    def _edit_update(self, options: dict, at: datetime) -> None:
        for line in edited.edit(options, at):
            self.stdout.write(line)

    def _merge(self, options: dict, at: datetime) -> None:
        incident, into = (terminal.incident_called(options[name]) for name in ("incident", "into"))
        self._say_published(*reshaping.merge(incident, into, options, at), options["dry_run"], merges=incident)

    def _split(self, options: dict, at: datetime) -> None:
        incident = terminal.incident_called(options["incident"])
        self._say_published(*reshaping.split(incident, options, at), options["dry_run"])

    def _publish(self, typed: Typed, options: dict) -> None:
        asked = read(typed)
        update = asked.publish(dry_run=options["dry_run"], anyway=options["anyway"])
        for line in asked.noted:
            self.stderr.write(line)
        self._say_published(update, asked.moved, options["dry_run"])

    def _say_published(self, update: IncidentUpdate, moved: str, dry_run: bool, merges: Incident | None = None) -> None:
        announcement = _announcement(update)
        if moved:
            self.stderr.write(f"--next-update: {moved}")
        if dry_run:
            self.stdout.write("Nothing is published: this was a dry run.")
            self.stdout.write(f"Would say:    [{update.status_label}] {update.incident.title}")
            self.stdout.write(textwrap.indent(update.body, "  "))
            self.stdout.write(f"Would go to:  {hearing.of(announcement, merges=merges)}")
        else:
            self._say(update.incident, announcement)
            self.stdout.write(f"Goes to:      {hearing.of(announcement)}")
        if announcement and announcement.corrects:
            self.stdout.write(f"Corrects:     {_corrected(announcement, announcement.corrects)}")

    def _say_where(self, incident: Incident) -> None:
        self.stdout.write(f"Incident:     {incident.public_id}")
        self.stdout.write(f"Address:      {incident.get_public_url()}")

    def _say(self, incident: Incident, announcement: Announcement | None) -> None:
        self._say_where(incident)
        why_none = "none, it is not sent" if incident.is_public else "none, the incident is hidden"
        self.stdout.write(f"Announcement: {announcement.public_id if announcement else why_none}")


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
    if is_rolled_up(wrong.pk):
        return f"{corrected(announcement, timezone.get_current_timezone())}; whom it reached is not known any more"
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
