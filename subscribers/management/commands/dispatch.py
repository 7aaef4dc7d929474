import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

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


@contextmanager
def _scheduling(file: Path | None) -> Iterator[None]:
    """With a file, meanwhile also what Celery's beat does."""
    if file is None:
        yield
        return
    from statuspage.lib.schedule import Schedule  # of no use to those who only deliver

    schedule = Schedule(file)
    schedule.begin()
    try:
        yield
    finally:
        schedule.end()


class Command(BaseCommand):
    help = (
        "Delivers without a broker. Runs beside the workers, lets them go first, and takes over whatever has waited "
        f"for {MIN_OVERDUE.seconds} seconds. With --once it delivers all that is due now, and ends."
    )

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true", help="deliver all that is due now, and end")
        parser.add_argument(
            "--schedule", type=Path, metavar="FILE", help="be the scheduler too, in place of celery beat; it keeps FILE"
        )

    def handle(self, *, once, schedule, **options):
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: _end(stop))
        offering.log_what_is_missing()
        if once:
            self.stdout.write(f"{dispatch.dispatch(stop.is_set)} deliveries settled or put off")
            late_outcomes.finish()
            return
        with _scheduling(schedule):
            while not stop.is_set():
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
