import os
import sys

from django.core.management.base import BaseCommand
from django.db import DatabaseError
from django.utils import timezone

from subscribers.actions import receiving
from subscribers.channels import dsn


class Command(BaseCommand):
    help = (
        "Reads one mail that came back, from standard input: for the pipe of a mail server that takes the mail to "
        "BOUNCE_ADDRESS. What is no bounce of ours is dropped. It fails only when the database does: try again then."
    )

    def add_arguments(self, parser):
        parser.add_argument("recipient", nargs="*", help="whom the mail was for, where the mail itself may not say")

    def handle(self, *, recipient, **options):
        source = getattr(sys.stdin, "buffer", sys.stdin)
        data = source.read(dsn.LONGEST)
        while source.read(65_536):  # to the end: a mail server takes a broken pipe for a failure
            pass
        report = dsn.read(data, recipient)
        if report is None:
            self.stdout.write("no bounce of ours")
            return
        try:
            is_new = receiving.receive(report, at=timezone.now())
        except DatabaseError as error:
            self.stderr.write(f"The database does not answer; try again later: {error}")
            sys.exit(os.EX_TEMPFAIL)  # at any other number a mail server gives up
        what = report.event.name.lower() if is_new else "nothing new"
        self.stdout.write(f"delivery {report.delivery_id}: {what}")
