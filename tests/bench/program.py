"""The program under measurement: PostgreSQL, Redis and workers of its own, driven as the lead drives it."""

import os
import time
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from tests.servers import Postgres

_ADDRESS = {"email": "reader{}@example.test", "sms": "+49151{}"}


class Run(NamedTuple):
    """Seconds from the publish until the last is told, and until the first."""

    seconds: float
    first: float
    announcement: object

    @property
    def mail_bytes(self) -> int:
        """Of one mail."""
        from subscribers.channels import mime
        from subscribers.messages import compose

        delivery = self.announcement.deliveries.select_related("subscriber").first()
        return len(mime.render(compose(self.announcement, delivery.channel).to(delivery)))


class Program:
    """A context manager. Django is set up once a process: one Program a run."""

    def __init__(self, directory: Path, **environment: str):
        self.directory, self.environment = directory, environment
        self._stack = ExitStack()

    def __enter__(self):
        postgres = Postgres(self.directory)
        self._stack.callback(postgres.stop)
        postgres.start()
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "statuspage.settings",
            "SECRET_KEY": "for-the-bench-only-and-fifty-characters-long-or-more-0123456789",
            "SITE_URL": "http://status.example.test",
            "DATABASE_URL": postgres.url,
            "REDIS_URL": "redis://127.0.0.1:1/0",
            "DATA_DIR": str(self.directory),
            "LOG_LEVEL": "ERROR",
        } | self.environment
        import django

        django.setup()
        from django.core.management import call_command

        from statuspage.celery import app
        from tests.parts import Stack

        call_command("migrate", verbosity=0)
        self.stack = self._stack.enter_context(Stack(self.directory))
        of_stack = self.stack.environment
        self.stack.environment = lambda: of_stack() | self.environment
        app.conf.broker_url = self.stack.redis.url
        return self

    def __exit__(self, *error):
        return self._stack.__exit__(*error)

    def worker(self):
        """Two processes, over the relay and the gateway that the environment names; the one there is, or a new one."""
        running = [process for process in self.stack.processes if process.process.poll() is None]
        return running[0] if running else self.stack.worker()

    @staticmethod
    def with_readers(number: int, channel: str = "email") -> None:
        """So many of them, and nothing else in the database."""
        from django.core.management import call_command
        from django.db import connection
        from django.utils import timezone

        from subscribers.models import Subscriber

        call_command("flush", interactive=False, verbosity=0)
        Subscriber(channel=channel, address=_ADDRESS[channel].format("0"), confirmed_at=timezone.now()).save()
        table, columns = (
            Subscriber._meta.db_table,
            [f.column for f in Subscriber._meta.concrete_fields if f.name != "id"],
        )
        with connection.cursor() as cursor:
            others = ", ".join("%s || lpad(n::text, 8, '0') || %s" if name == "address" else name for name in columns)
            cursor.execute(
                f"INSERT INTO {table} ({', '.join(columns)}) SELECT {others} FROM {table}, generate_series(1, %s) AS n",
                [*_ADDRESS[channel].split("{}"), number - 1],
            )
            cursor.execute(f"ANALYZE {table}")

    @staticmethod
    def publish(severity="P1"):
        """A component of its own each time, or the open incidents of the earlier ones would be weighed too."""
        from tests.factories import a_component, an_open_incident

        body = "Some card payments fail at checkout. We found the cause and roll back the last deploy.\n\n" * 12
        return an_open_incident(a_component(), body=body, severity=severity).announcement

    def publish_and_wait(self, readers: int | None = None, seconds: float = 600) -> Run:
        """Until so many of them are told, by default all. Raises RuntimeError if that is not over in time."""
        from subscribers.models import Delivery, Subscriber

        expected = readers or Subscriber.objects.count()
        began, first = time.perf_counter(), 0.0
        announcement = self.publish()
        told = Delivery.objects.filter(announcement=announcement, state="sent")
        while not first or told.count() < expected:
            if not first and told.exists():
                first = time.perf_counter() - began
            if time.perf_counter() - began > seconds:
                raise RuntimeError(f"{told.count():,} of {expected:,} told after {seconds:.0f} s")
            time.sleep(0.05 if first else 0.005)
        return Run(time.perf_counter() - began, first, announcement)
