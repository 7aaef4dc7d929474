"""The program under measurement: PostgreSQL, Redis and workers of its own, driven as the lead drives it."""

import os
import time
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from tests.servers import Postgres


class Run(NamedTuple):
    """Seconds from the publish to the last row settled, and to the first; the bytes of one mail."""

    seconds: float
    first: float
    mail_bytes: int


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
        app.conf.broker_url = self.stack.redis.url
        return self

    def __exit__(self, *error):
        return self._stack.__exit__(*error)

    def worker(self) -> None:
        """Two processes, over the relay and the gateway that the environment names instead of the stack's sinks."""
        environment = self.stack.environment
        self.stack.environment = lambda: environment() | self.environment
        self.stack.worker()

    @staticmethod
    def with_readers(number: int, channel: str = "email") -> None:
        """So many of them, and nothing else in the database."""
        from django.core.management import call_command
        from django.utils import timezone

        from subscribers.models import Subscriber

        call_command("flush", interactive=False, verbosity=0)
        now, address = timezone.now(), {"email": "reader{}@example.test", "sms": "+49151{:08}"}[channel]
        for start in range(0, number, 10_000):
            Subscriber.objects.bulk_create(
                Subscriber(channel=channel, address=address.format(index), confirmed_at=now)
                for index in range(start, min(start + 10_000, number))
            )

    @staticmethod
    def publish():
        """A component of its own each time, or the open incidents of the earlier ones would be weighed too."""
        from tests.factories import a_component, an_open_incident

        body = "Some card payments fail at checkout. We found the cause and roll back the last deploy.\n\n" * 12
        return an_open_incident(a_component(), body=body).announcement

    def publish_and_wait(self, seconds: float = 600) -> Run:
        """Raises RuntimeError if something is lost, or not over in time."""
        from django.db.models import Count, Q

        from subscribers.channels import mime
        from subscribers.messages import compose
        from subscribers.models import Delivery, Subscriber

        expected = Subscriber.objects.count()
        began, first = time.perf_counter(), 0.0
        announcement = self.publish()
        while True:
            sent = Delivery.objects.filter(announcement=announcement, state="sent")
            if not first and sent.exists():
                first = time.perf_counter() - began
            if first and sent.count() == expected:
                break
            if time.perf_counter() - began > seconds:
                raise RuntimeError(announcement.deliveries.aggregate(waiting=Count("pk", filter=~Q(state="sent"))))
            time.sleep(0.05 if first else 0.005)
        took = time.perf_counter() - began
        delivery = announcement.deliveries.select_related("subscriber").first()
        message = compose(announcement, delivery.channel).to(delivery)
        return Run(took, first, len(mime.render(message)) if delivery.channel == "email" else 0)
