import sys
import textwrap

from django.core.management.base import BaseCommand
from django.utils import timezone

from incidents.actions.planned_words import in_words
from incidents.models import IncidentUpdate, Site
from incidents.models.audit import nobody_is_called
from subscribers.management import hearing, planned, terminal
from subscribers.management.terminal import Formatter, Refused


class Command(BaseCommand):
    help = "Plan, move, extend, start, end and cancel planned work without a browser, by the rules of the console."

    def create_parser(self, prog_name, subcommand, **kwargs):
        return super().create_parser(
            prog_name, subcommand, formatter_class=Formatter, epilog=planned.EXAMPLES, **kwargs
        )

    def add_arguments(self, parser):
        planned.add_acts(parser)

    def handle(self, *, act: str, dry_run: bool, **options):
        at = terminal.asked_at(options["key"], timezone.now())
        try:
            with nobody_is_called("command line"), timezone.override(Site.load().zone):
                options["by"] = terminal.author(options["by"])
                asked = planned.plan(options, at) if act == "plan" else self._asked(act, options, at)
                update = asked.act(dry_run=dry_run, anyway=options["anyway"])
                for line in asked.notes:
                    self.stderr.write(line)
                self._say(update, dry_run)
        except Refused as refused:
            for line in refused.lines:
                self.stderr.write(line)
            sys.exit(1)

    def _asked(self, act: str, options: dict, at) -> planned.Asked:
        return planned.act(act, terminal.incident_called(options["maintenance"]), options, at)

    def _say(self, update: IncidentUpdate, dry_run: bool) -> None:
        maintenance, announcement = update.incident, getattr(update, "announcement", None)
        if dry_run:
            self.stdout.write("Nothing is published: this was a dry run.")
            self.stdout.write(f"Would say:    [{update.status_label}] {maintenance.title}")
            self.stdout.write(textwrap.indent(update.body, "  "))
        else:
            self.stdout.write(f"Maintenance:  {maintenance.public_id}")
            self.stdout.write(f"Address:      {maintenance.get_public_url()}")
        begins_and_ends = announcement and (announcement.scheduled_for, announcement.scheduled_until)
        self.stdout.write(f"Window:       {in_words(maintenance, begins_and_ends)}")
        goes = "Would go to:  " if dry_run else "Goes to:      "
        self.stdout.write(goes + hearing.of(announcement))
