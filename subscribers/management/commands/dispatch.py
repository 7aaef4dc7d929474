import signal
import threading
from datetime import timedelta

from django.core.management.base import BaseCommand
from django.db import DatabaseError, close_old_connections

from statuspage.lib import shutdown
from subscribers import offering
from subscribers.delivery import dispatch, late_outcomes

MIN_OVERDUE = timedelta(seconds=30)
PAUSE_SECONDS = 5


def _end(stop: threading.Event) -> None:
    stop.set()
    shutdown.begin()


class Command(BaseCommand):
    help = (
        "Delivers without a broker. Runs beside the workers, lets them go first, and takes over whatever has waited "
        f"for {MIN_OVERDUE.seconds} seconds. With --once it delivers all that is due now, and ends."
    )

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true", help="deliver all that is due now, and end")

    def handle(self, *, once, **options):
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: _end(stop))
        offering.log_what_is_missing()
        if once:
            self.stdout.write(f"{dispatch.dispatch(stop.is_set)} deliveries settled or put off")
        while not stop.is_set() and not once:
            self._round(stop)
            stop.wait(PAUSE_SECONDS)
        late_outcomes.finish()

    def _round(self, stop: threading.Event) -> None:
        """A database that is gone for a while must not end what is there for bad times."""
        try:
            close_old_connections()
            dispatch.dispatch(stop.is_set, min_overdue=MIN_OVERDUE)
        except DatabaseError as error:
            self.stderr.write(f"The database does not answer; trying again: {error}")
