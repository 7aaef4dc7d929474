"""What publishing and delivering cost here: `python -m tests.bench.delivery [--subscribers N]`.

Starts PostgreSQL, Redis and sinks of its own, prints one table, and leaves nothing behind. Not a test: nothing fails
because the machine is slow, only because something got lost.
"""

import argparse
import os
import resource
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.figures import row
from tests.servers import Postgres


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--subscribers", type=int, default=100_000)
    many = parser.parse_args().subscribers
    with tempfile.TemporaryDirectory(prefix="statuspage-bench-") as name:
        directory = Path(name)
        directory.chmod(0o711)  # PostgreSQL runs as somebody else when we are root
        postgres = Postgres(directory)
        postgres.start()
        try:
            return run(postgres, directory, many)
        finally:
            postgres.stop()


def run(postgres: Postgres, directory: Path, many: int) -> int:
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "statuspage.settings",
        "SECRET_KEY": "for-the-bench-only-and-fifty-characters-long-or-more-0123456789",
        "SITE_URL": "http://status.example.test",
        "DATABASE_URL": postgres.url,
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "DATA_DIR": str(directory),
        "LOG_LEVEL": "ERROR",
    }
    import django

    django.setup()
    from django.core.management import call_command

    from tests.parts import Stack

    call_command("migrate", verbosity=0)
    with Stack(directory) as stack, rings_to(stack.redis.url):
        publishing(stack, many)
        expanding(many)
        return delivering(stack, 1_000)


@contextmanager
def rings_to(url: str) -> Iterator[None]:
    from statuspage.celery import app

    app.conf.broker_url = url
    yield


def publishing(stack, many: int) -> None:
    """The request's whole work: the action, the commit and the ring."""
    for number in (10, many):
        with_subscribers(number)
        publish()  # what is loaded once
        row(f"publish, {number:,} subscribers", *milliseconds(publish, 30))
    for words, number in (("frozen", signal.SIGSTOP), ("thawed", signal.SIGCONT), ("killed", signal.SIGKILL)):
        stack.redis.kill(number)
        forget_silence()
        row(f"publish, Redis {words}", *milliseconds(publish, 10))
    stack.redis.start()


def expanding(many: int) -> None:
    from subscribers.actions import fanout

    announcement = publish()
    before = peak_mb()
    started = time.perf_counter()
    written = fanout.expand(announcement)
    seconds = time.perf_counter() - started
    row(
        f"expand to {written:,}", f"{seconds:.1f} s", f"{written / seconds:,.0f} a second, +{peak_mb() - before:.0f} MB"
    )
    assert written == many


def delivering(stack, number: int) -> int:
    """From the publish until the last of `number` mails is settled, by one worker of two processes."""
    from tests.checker import violations

    with_subscribers(number)
    stack.worker()
    forget_silence()
    started = time.perf_counter()
    announcement = publish()
    while announcement.deliveries.count() < number or announcement.deliveries.waiting().exists():
        time.sleep(0.1)
        if time.perf_counter() - started > 120:
            break
    seconds = time.perf_counter() - started
    names = {entry["id"] for entry in stack.smtp.journal.entries()}
    figures = f"{len(stack.smtp.journal)} mails, {len(names)} Message-IDs, {number / seconds:,.0f} a second"
    row(f"deliver {number:,} by e-mail", f"{seconds:.1f} s", figures)
    wrong = violations(announcement, stack.smtp.journal)
    print("\n".join(wrong) or "I1 to I6 hold")
    return int(bool(wrong) or len(names) != number)


def publish():
    """A component of its own each time, or the open incidents of the earlier ones would be weighed too."""
    from tests.factories import a_component, an_open_incident

    return an_open_incident(a_component()).announcement


def with_subscribers(number: int) -> None:
    """So many of them, and nothing else in the database."""
    from django.core.management import call_command
    from django.utils import timezone

    from subscribers.models import Subscriber

    call_command("flush", interactive=False, verbosity=0)
    now = timezone.now()
    for start in range(0, number, 10_000):
        Subscriber.objects.bulk_create(
            Subscriber(channel="email", address=f"reader{index}@example.test", confirmed_at=now)
            for index in range(start, min(start + 10_000, number))
        )


def forget_silence() -> None:
    from statuspage.lib import doorbell

    doorbell._silent_until = 0.0


def milliseconds(action: Callable[[], object], times: int) -> tuple[str, str]:
    took = []
    for _ in range(times):
        started = time.perf_counter()
        action()
        took.append((time.perf_counter() - started) * 1000)
    return f"{statistics.median(took):.1f} ms", f"{min(took):.1f} to {max(took):.0f} ms in {times}"


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    sys.exit(main())
