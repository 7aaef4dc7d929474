import sys
import textwrap
from datetime import datetime
from functools import partial

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand
from django.utils import timezone

from incidents.actions import bulletins
from incidents.actions.bulletin_draft import BulletinDraft, problems
from incidents.actions.errors import KeyReused
from incidents.models import Bulletin, Site
from incidents.models.audit import nobody_is_called
from subscribers.delivery.audience import by_channel, everyone
from subscribers.management import terminal
from subscribers.management.hearing import people
from subscribers.management.reading import Reading, asked_moment, key_of
from subscribers.management.refusals import lines
from subscribers.management.terminal import Formatter, Refused

EXAMPLES = """\
examples:
  manage.py bulletin --title "We close on Christmas day" --body "Back on 27 December." --until "2026-12-27 08:00" --tell
  manage.py bulletin --title "A provider of ours has trouble" --body - --pin --dry-run < words.md
"""
_TIMES = {"from_at": "from", "until_at": "until"}


class Command(BaseCommand):
    help = "Publish an announcement that is neither incident nor maintenance, by the rules of the console."

    def create_parser(self, prog_name, subcommand, **kwargs):
        return super().create_parser(prog_name, subcommand, formatter_class=Formatter, epilog=EXAMPLES, **kwargs)

    def add_arguments(self, parser):
        parser.add_argument("--title", default="", help="one line: what it is about")
        parser.add_argument("--body", default="", help='in Markdown; "-" reads it from the standard input')
        parser.add_argument(
            "--from", metavar="WHEN", help="30m, 2h, or 2026-11-21 14:30 in the page's zone; default: now"
        )
        parser.add_argument("--until", metavar="WHEN", help="the same; default: until somebody ends it")
        parser.add_argument("--pin", action="store_true", help="above the components")
        parser.add_argument("--tell", action="store_true", help="send it to every subscriber, not before --from")
        parser.add_argument("--key", help="the same key publishes once, however often it is run")
        parser.add_argument("--by", metavar="USERNAME", help="who does it; default: the command line")
        parser.add_argument("--dry-run", action="store_true", help="say what it would do, and do nothing")

    def handle(self, *, dry_run: bool, **options):
        at = _asked_at(options["key"], timezone.now())
        try:
            with nobody_is_called("command line"), timezone.override(Site.load().zone):
                options["by"] = terminal.author(options["by"])
                self._publish(options, at, dry_run)
        except Refused as refused:
            for line in refused.lines:
                self.stderr.write(line)
            sys.exit(1)

    def _publish(self, options: dict, at: datetime, dry_run: bool) -> None:
        draft, moved = _read(options, at)
        bulletin = _act(draft, dry_run)
        for line in moved:
            self.stderr.write(line)
        if dry_run:
            self.stdout.write("Nothing is published: this was a dry run.")
            self.stdout.write(f"Would say:    {bulletin.title}")
            self.stdout.write(textwrap.indent(bulletin.body, "  "))
        else:
            self.stdout.write(f"Bulletin:     {bulletin.public_id}")
            self.stdout.write(f"Address:      {bulletin.get_public_url()}")
        self.stdout.write(f"Shown:        {_when(bulletin)}")
        goes = "Would go to:  " if dry_run else "Goes to:      "
        self.stdout.write(goes + (people(by_channel(everyone())) if bulletin.is_told else "nobody; --tell sends it"))


def _asked_at(key: str | None, now: datetime) -> datetime:
    """Return when this was asked for: where its key was used before, that time, so that "30m" says the same again."""
    earlier = Bulletin.objects.filter(request_key=key) if key else Bulletin.objects.none()
    return earlier.values_list("created_at", flat=True).first() or now


def _read(options: dict, at: datetime) -> tuple[BulletinDraft, list[str]]:
    """Understand what is typed; and which times the clocks leave out. Raises Refused with a line for each thing that is
    wrong."""
    reading, asked = Reading(), asked_moment(at)
    typed = {name: terminal.moment(options[option] or "", at) for name, option in _TIMES.items()}
    times = {name: reading.of(name, partial(asked.clean, given), None) for name, given in typed.items()}
    key = reading.of("request_key", lambda: key_of(options["key"] or ""), "")
    title, body = options["title"].strip(), terminal.text(options["body"]).strip()
    if reading.refused:
        raise Refused(*lines((reading.refused | problems(title, body)).items()))
    draft = BulletinDraft(
        title=title,
        body=body,
        by=options["by"],
        at=at,
        **times,
        is_pinned=options["pin"],
        tell=options["tell"],
        request_key=key,
    )
    moved = [(option, asked.moved_from(typed[name])) for name, option in _TIMES.items()]
    return draft, [f"--{option}: {words}" for option, words in moved if words]


def _act(draft: BulletinDraft, dry_run: bool) -> Bulletin:
    try:
        return bulletins.rehearse(draft) if dry_run else bulletins.publish_draft(draft)
    except ValidationError as error:
        raise Refused(*lines(getattr(error, "error_dict", {"": error}).items())) from None
    except KeyReused:
        raise Refused("--key: It was used before, for something else. Nothing was published again.") from None


def _when(bulletin: Bulletin) -> str:
    begins, ends = (
        at and f"{timezone.localtime(at):%Y-%m-%d %H:%M %Z}" for at in (bulletin.from_at, bulletin.until_at)
    )
    where = "pinned, " if bulletin.is_pinned else ""
    return f"{where}from {begins} until {ends or 'somebody ends it'}"
