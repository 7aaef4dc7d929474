import json
import sys
from collections.abc import Iterable
from itertools import chain
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.dateparse import parse_datetime

from incidents.models import Announcement, Message
from subscribers.delivery.invariants import Handed, Said, belongs_to, violations


class Command(BaseCommand):
    help = (
        "Hold the ledger to its promises: every row owed is there, settled, and sent to nobody who must not "
        "be written to; with --journal also that whatever is called sent was handed over, once or flagged. Of all "
        "that was said, or of one announcement. Ends with 1 and the violations where there are any."
    )

    def add_arguments(self, parser):
        parser.add_argument("announcement", nargs="?", help="the id of one announcement")
        parser.add_argument(
            "--journal",
            type=Path,
            help='what was handed over, one {"to", "id", "at"} a line. Mails are told apart by their Message-ID; a '
            "journal of SMS is for one announcement.",
        )
        parser.add_argument("--settled", action="store_true", help="nothing may be on its way any more")

    def handle(self, *, announcement: str | None, journal: Path | None, settled: bool, **options):
        announcements = Announcement.objects.select_related("incident", "recall").order_by("pk")
        if announcement:
            announcements = announcements.filter(public_id=announcement)
            if not announcements:
                raise CommandError(f"There is no announcement {announcement}.")
        entries = None if journal is None else _read(journal)
        wrong = 0
        messages = Message.objects.none() if announcement else Message.objects.order_by("pk")
        everything: Iterable[Said] = chain(announcements.iterator(), messages.iterator())
        for one in everything:
            for line in violations(one, _of(one, entries, alone=bool(announcement)), settled=settled):
                self.stderr.write(f"{one.public_id} {line}")
                wrong += 1
        if wrong:
            sys.exit(1)
        self.stdout.write("Every promise is kept.")


def _read(path: Path) -> list[Handed]:
    try:
        with path.open() as lines:
            return [_entry(number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    except OSError as error:
        raise CommandError(f"Cannot read {path}: {error.strerror}.") from None


def _entry(number: int, line: str) -> Handed:
    try:
        entry = json.loads(line)
        return Handed(str(entry["to"]), str(entry["id"]), parse_datetime(entry.get("at") or ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise CommandError(f'Line {number} of the journal is not {{"to": ..., "id": ..., "at": ...}}.') from None


def _of(said: Said, entries: Iterable[Handed] | None, *, alone: bool) -> list[Handed] | None:
    """The lines that speak of it. What is no mail says so by being asked about it alone."""
    if entries is None:
        return None
    return [one for one in entries if belongs_to(said, one) or (alone and not one.id.startswith("<"))]
