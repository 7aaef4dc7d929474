"""The program under measurement: PostgreSQL, Redis and workers of its own, driven as the lead drives it."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from tests.bench.figures import row
from tests.bench.processes import Spent
from tests.bench.site import site
from tests.bench.wal import Wal, Written

LOOK_SECONDS = 0.25  # between two looks whether everybody is told


class Run(NamedTuple):
    """One announcement to its last reader.

    All by the database's clock, out of the ledger: from right before the publish until the first, and the last, row
    was written as sent, which is after the relay took it. `cpu`: seconds of each part, by name, in that time, and
    `written` what PostgreSQL wrote ahead.
    """

    announcement: object
    readers: int
    first: float
    seconds: float
    cpu: dict[str, float]
    written: Written

    @property
    def rate(self) -> float:
        return self.readers / self.seconds

    @property
    def carried(self) -> float:
        """Messages a second from the first to the last: without the publish and what goes before the first."""
        return self.readers / max(self.seconds - self.first, 0.001)

    @property
    def cpu_each(self) -> float:
        """Microseconds a message, of all that work; our own watching is not among them."""
        return sum(self.cpu.values()) / self.readers * 1e6

    @property
    def mail_bytes(self) -> int:
        """Of one mail."""
        from subscribers.channels.composing import compose
        from subscribers.channels.email import mime

        delivery = self.announcement.deliveries.select_related("subscriber").first()
        return len(mime.render(compose(self.announcement, delivery.channel).to(delivery)))


class Program:
    """A context manager. Django is set up once a process: one Program a run. `environment`: of the workers too.

    `watched`: processes of ours by name, whose CPU every Run tells besides that of the workers and PostgreSQL.
    """

    def __init__(self, directory: Path, **environment: str):
        self.directory, self.environment = directory, environment
        self.watched: dict[str, int] = {}
        self._stack = ExitStack()

    def __enter__(self):
        self.postgres = self._stack.enter_context(site(self.directory, **self.environment))
        from statuspage.celery import app
        from tests.processes import Stack

        self.stack = self._stack.enter_context(Stack(self.directory, **self.environment))
        app.conf.broker_url = self.stack.redis.url
        return self

    def __exit__(self, *error):
        return self._stack.__exit__(*error)

    def worker(self, **environment: str):
        """Two processes over the relay and the gateway that the environment names; there is one worker at a time."""
        self.stop_workers()
        self.stack.settings = self.environment | environment
        return self.stack.worker()

    def stop_workers(self) -> None:
        while self.stack.processes:
            self.stack.processes.pop().stop()

    def spent(self) -> Spent:
        """From now on, by those that work."""
        workers = {process.name: process.process.pid for process in self.stack.processes}
        return Spent({**workers, "PostgreSQL": self.postgres.process.pid, **self.watched})

    @staticmethod
    def publish(severity="P1", component=None):
        """Of a component of its own, or the open incidents of the earlier ones would be weighed too."""
        from tests.factories import a_component, an_open_incident

        body = "Some card payments fail at checkout. We found the cause and roll back the last deploy."
        return an_open_incident(component or a_component(), body=body, severity=severity).announcement

    def publish_and_wait(self, seconds: float = 600) -> Run:
        """Raises RuntimeError if somebody is not told, or not in time."""
        from subscribers.delivery.audience import recipients_of

        spent, wal = self.spent(), Wal(self.postgres)
        began_at = _now()
        announcement = self.publish()
        until(_Over(announcement), seconds)
        cpu, written = spent.so_far(), wal.so_far()
        first_at, last_at, told = _told(announcement)
        expected = recipients_of(announcement).count()
        if told != expected:
            raise RuntimeError(f"{told:,} of {expected:,} told")
        first, last = ((at - began_at).total_seconds() for at in (first_at, last_at))
        return Run(announcement, told, first, last, cpu, written)


def _now():
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def until(happened: Callable[[], object], seconds: float = 600) -> None:
    """Looked at seldom: who watches must not take the time of those who work. Raises RuntimeError."""
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            raise RuntimeError(f"it did not happen within {seconds:.0f} s")
        time.sleep(LOOK_SECONDS)


class _Over:
    """Whether nobody waits any more. One row is looked at until it is through, then the last of those that wait: to
    ask each time whether there is any would cost PostgreSQL as much as it needs for its work."""

    def __init__(self, announcement):
        from subscribers.models import Fanout

        self.listed = Fanout.objects.filter(announcement=announcement, finished_at__isnull=False)
        self.waiting = announcement.deliveries.waiting().order_by("-pk").values_list("pk", flat=True)
        self.row = None

    def __call__(self) -> bool:
        from subscribers.models import Delivery

        if not self.listed.exists() or (self.row and Delivery.objects.waiting().filter(pk=self.row).exists()):
            return False
        self.row = self.waiting.first()
        return self.row is None


def _told(announcement):
    """When the first and the last were told, and how many."""
    from django.db.models import Count, Max, Min

    told = announcement.deliveries.filter(sent_at__isnull=False)
    return told.aggregate(first=Min("sent_at"), last=Max("sent_at"), number=Count("pk")).values()


def cpu_row(what: str, run: Run) -> None:
    """What a message cost whom."""
    parts = (f"{name} {seconds / run.readers * 1e6:.0f}" for name, seconds in run.cpu.items())
    row(what, f"{run.cpu_each:,.0f} us", f"of CPU a message: {', '.join(parts)}")


def wal_row(what: str, written: Written, number: int) -> None:
    """What one of so many cost PostgreSQL's log."""
    entries = "" if written.entries is None else f"{written.entries / number:.2f} entries of indexes"
    row(what, f"{written.bytes / number:,.0f} B", entries)
