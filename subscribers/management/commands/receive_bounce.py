import mailbox
import os
import sys
from collections.abc import Iterable
from typing import Protocol

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, InterfaceError, OperationalError
from django.utils import timezone

from subscribers.channels.email import dsn
from subscribers.delivery import reports

ASIDE = "unreadable"  # the folder of a Maildir for what we cannot take
_AWAY = (OperationalError, InterfaceError)
# The fault of one mail and not of the database's absence. ValueError: a driver's word for what it cannot encode.
_UNTAKEABLE = (DatabaseError, ValueError)


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class Command(BaseCommand):
    help = (
        "Reads one mail that came back, from standard input: for the pipe of a mail server that takes the mail to "
        "BOUNCE_ADDRESS. What is no bounce of ours is dropped. It fails only when the database does: try again then."
    )
    requires_system_checks = []  # they load every view, and a mail server starts this for each mail

    def add_arguments(self, parser):
        parser.add_argument("recipient", nargs="*", help="whom the mail was for, where the mail itself may not say")
        parser.add_argument(
            "--maildir",
            metavar="PATH",
            help=f"instead of one mail: all that lie in this Maildir, each removed when read; what cannot be taken is "
            f"moved into its folder .{ASIDE}",
        )

    def handle(self, *, recipient, maildir, **options):
        try:
            if maildir:
                self._empty(maildir, recipient)
            else:
                source: Readable = getattr(sys.stdin, "buffer", sys.stdin)  # type: ignore[arg-type, assignment]  # bytes in its place
                self._receive(source, recipient)
                while source.read(65_536):  # to the end: a mail server takes a broken pipe for a failure
                    pass
        except _AWAY as error:
            self.stderr.write(f"The database does not answer; try again later: {error}")
            sys.exit(os.EX_TEMPFAIL)  # at any other number a mail server gives up
        except _UNTAKEABLE as error:
            self.stderr.write(f"This mail cannot be taken: {error!r}")
            sys.exit(os.EX_DATAERR)  # the same mail would fail again: the mail server's log keeps that

    def _empty(self, path: str, recipients: Iterable[str]) -> None:
        try:
            box = mailbox.Maildir(path, factory=None, create=False)
        except mailbox.NoSuchMailboxError:
            raise CommandError(f"{path} is no Maildir.") from None
        aside = 0
        for key in sorted(box.keys()):
            try:
                with box.get_file(key) as mail:
                    self._receive(mail, recipients)
            except _AWAY:
                raise
            except _UNTAKEABLE as error:
                self.stderr.write(f"{key} cannot be taken: {error!r}")
                box.add_folder(ASIDE).add(box.get_bytes(key))
                aside += 1
            box.discard(key)
        if aside:
            self.stderr.write(f"{aside} could not be taken: they lie in {path}/.{ASIDE}")

    def _receive(self, mail: Readable, recipients: Iterable[str]) -> None:
        report = dsn.read(mail.read(dsn.LONGEST), recipients)
        if report is None:
            self.stdout.write("no bounce of ours")
            return
        is_new = reports.receive(report, at=timezone.now())
        what = report.event.name.lower() if is_new else "nothing new"
        self.stdout.write(f"delivery {report.delivery_id}: {what}")
