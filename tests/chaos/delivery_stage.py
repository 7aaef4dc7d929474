"""What every trial of the delivery starts and asks: servers, workers, readers."""

import contextlib
import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

from django.core.management import call_command
from django.db import InterfaceError, OperationalError, connection
from django.db.models import Count, Q, Value
from django.db.models.functions import Now

from incidents.models import Announcement
from statuspage.celery import app
from statuspage.lib import doorbell
from subscribers import tasks
from subscribers.delivery.ledger import LEASE
from subscribers.enums import DeliveryState
from subscribers.models import Delivery, Fanout
from tests.factories import a_component, an_open_incident
from tests.fast_sinks import FastHttpSink, FastSmtpSink
from tests.processes import Stack
from tests.proxy import Proxy
from tests.servers import Postgres
from tests.web import Web

CONNECTIONS = 10  # to the relay, and to the gateway, of each worker process
PROCESSES = 2  # of each worker
AT_ONCE = CONNECTIONS * PROCESSES
PHONES = 50  # one reader in so many hears by SMS
HASTE = 3  # seconds without a mail, after which a short trial does not wait any longer
MIN_OVERDUE = 420  # seconds: a lease and a back-off
PRODUCTION = "statuspage.wsgi:application"


class Stage:
    """One PostgreSQL for all trials, emptied between them. `is_short`: nobody waits for a back-off or the schedule."""

    def __init__(self, directory: Path, postgres: Postgres, *, readers: int, seed: int, is_short: bool):
        self.directory, self.postgres = directory, postgres
        self.readers, self.seed, self.is_short = readers, seed, is_short
        self.choice = random.Random(seed)

    @contextlib.contextmanager
    def stack(
        self, *, smtp: dict | None = None, phones: bool = True, most: int | None = None, **settings: str
    ) -> Iterator[Stack]:
        """An empty database but for the readers, a Redis that runs, and sinks; ends whatever was started in it.

        `smtp`: the relay's options. `phones`: some hear by SMS, which does not say of what announcement it is. `most`:
        readers, where many announcements are published. `settings`: of the program.
        """
        connection.close()
        call_command("flush", interactive=False, verbosity=0)
        self.enrol(min(self.readers, most or self.readers), phones=phones)
        directory = Path(tempfile.mkdtemp(dir=self.directory))
        directory.chmod(0o711)
        relay = FastSmtpSink(directory, seed=self.seed, **{"delay": 0.01, "hold": 0.01} | (smtp or {}))
        many = {"EMAIL_CONNECTIONS": str(CONNECTIONS), "SMS_REQUESTS": str(CONNECTIONS)}
        settings = many | {"LOG_LEVEL": "WARNING", "DATABASE_URL": self.url} | settings
        with Stack(directory, smtp=relay, sms=FastHttpSink(directory, delay=0.01), **settings) as stack:
            rings_to(stack.redis.url)
            try:
                yield stack
            finally:  # no goodbyes: the verdict is spoken
                for process in stack.processes:
                    if process.process.poll() is None:
                        process.kill()

    @property
    def url(self) -> str:
        return self.postgres.url

    @staticmethod
    def enrol(number: int, *, phones: bool = True) -> None:
        """So many readers, since an hour ago, one in PHONES by SMS where `phones`."""
        each = PHONES if phones else number + 1
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO subscribers_subscriber"
                " (channel, address, everything, every_update, confirmed_at, created_at, link_version)"
                " SELECT CASE WHEN n %% %s = 0 THEN 'sms' ELSE 'email' END,"
                " CASE WHEN n %% %s = 0 THEN '+49151' || lpad(n::text, 8, '0')"
                " ELSE 'reader' || n || '@example.test' END, true, true, since, since, 1"
                " FROM generate_series(1, %s) AS n, (SELECT now() - interval '1 hour' AS since) AS long_ago",
                [each, each, number],
            )
            cursor.execute("ANALYZE subscribers_subscriber")

    @contextlib.contextmanager
    def schedule(self, stack: Stack) -> Iterator[None]:
        """Beat; or, where time is short, a sweep each second."""
        if not self.is_short:
            stack.beat()
            yield
            return
        over = threading.Event()

        def sweep():
            while not over.wait(1):
                doorbell.ring(tasks.sweep)

        thread = threading.Thread(target=sweep)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    @contextlib.contextmanager
    def web(self, stack: Stack, **settings: str) -> Iterator[Web]:
        web = Web(self.url, stack.directory, PRODUCTION, stack.directory)
        # Under the SITE_URL of all others: with another one it would be another site's database.
        # See delivery/copies/fence.py.
        web.environ |= stack.environment() | {"ALLOWED_HOSTS": "127.0.0.1"} | settings
        self.collect_static()
        (stack.directory / "static").symlink_to(self.directory / "static")
        try:
            web.start()
            yield web
        finally:
            web.stop()

    def collect_static(self) -> None:
        """For whoever renders pages, once; or never, where --static was given."""
        if not (self.directory / "static").exists():
            call_command("collectstatic", interactive=False, verbosity=0)

    @contextlib.contextmanager
    def proxy(self, port: int) -> Iterator[Proxy]:
        with Proxy(port) as proxy:
            yield proxy

    def moments(self, number: int, least=0.03, most=0.9) -> list[int]:
        """Counts of mails, in order, at which something is to happen."""
        mails = self.readers - self.readers // PHONES
        return sorted(int(mails * self.choice.uniform(least, most)) for _ in range(number))

    def wait_for(self, stack: Stack, moment: int) -> None:
        """Until so many mails are out, and a little, by chance."""
        until(lambda: len(stack.smtp.journal) >= moment, MIN_OVERDUE)
        time.sleep(self.choice.uniform(0, 0.05))

    def within(self, seconds: float, limit: float) -> bool:
        """A short trial is a test, and no test fails because the machine is busy."""
        return self.is_short or seconds <= limit

    # --- Waiting ------------------------------------------------------------------------------------------

    def settle(self, stack: Stack, *announcements: Announcement, seconds: float = MIN_OVERDUE) -> None:
        """Until nothing of them waits any more. Raises TimeoutError."""
        self.settle_until(stack, lambda: all(map(is_settled, announcements)), seconds)

    def settle_until(self, stack: Stack, happened: Callable[[], bool], seconds: float = MIN_OVERDUE) -> None:
        """Until `happened()`, which asks the database, without waiting for it in a short trial. Raises TimeoutError."""
        until = time.monotonic() + seconds
        handed, quiet_since = -1, time.monotonic()
        while not asked(happened):
            now = time.monotonic()
            if len(stack.smtp.journal) != handed:
                handed, quiet_since = len(stack.smtp.journal), now
            elif self.is_short and now - quiet_since > HASTE:
                asked(hasten)
                quiet_since = now
            if now > until:
                raise TimeoutError(f"not settled: {states(*Announcement.objects.all())}")
            time.sleep(0.1)


def rings_to(url: str) -> None:
    """This process rings there."""
    app.conf.broker_url = url
    doorbell._silent_until = 0.0


def asked(question: Callable[[], object]):
    """The database's answer, or None while it is gone."""
    try:
        return question()
    except (OperationalError, InterfaceError):
        connection.close()
        return None


def until(happened: Callable[[], object], seconds: float = 60) -> float:
    """The seconds until `happened()`. Raises TimeoutError."""
    began = time.monotonic()
    while not happened():
        if time.monotonic() - began > seconds:
            raise TimeoutError(f"it did not come about within {seconds:g} s")
        time.sleep(0.005)
    return time.monotonic() - began


def hasten() -> None:
    """No back-off any more, and no lease that nobody seems to use."""
    unused = Q(state=DeliveryState.QUEUED) | Q(visible_at__lte=Now() + Value(LEASE - timedelta(seconds=HASTE)))
    Delivery.objects.waiting().filter(unused).update(visible_at=Now())


def is_settled(announcement: Announcement) -> bool:
    listed = Fanout.objects.filter(announcement=announcement, finished_at__isnull=False).exists()
    return listed and not announcement.deliveries.waiting().exists()


def states(*announcements: Announcement) -> dict[str, int]:
    rows = Delivery.objects.filter(announcement__in=announcements).order_by()
    return dict(rows.values_list("state").annotate(Count("pk")))


def publish(severity="P1", **kwargs) -> Announcement:
    """Through the action and the receivers, rung for after the commit."""
    return an_open_incident(a_component(), severity=severity, **kwargs).announcement
