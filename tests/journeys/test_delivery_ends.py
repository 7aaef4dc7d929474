"""A worker is told to end while the relay says nothing: whatever else it holds is finished or given back in time."""

import os
import signal

import pytest
from django.utils import timezone

from subscribers.delivery import ledger
from subscribers.models import Subscriber
from tests.fast_sinks import FastSmtpSink
from tests.journeys.publishing import publish
from tests.processes import Stack, wait_until

pytestmark = pytest.mark.django_db(transaction=True)
GRACE = 20  # seconds between SIGTERM and SIGKILL


@pytest.fixture
def stack(rings, tmp_path):
    settings = {"EMAIL_CONNECTIONS": "5", "EMAIL_MESSAGES_PER_CONNECTION": "100"}
    with Stack(tmp_path, smtp=FastSmtpSink(tmp_path, delay=0.2), **settings) as stack:
        rings(stack)
        yield stack


def readers(*silent: str) -> None:
    """Many, and some first to whom the relay gives no answer."""
    addresses = [*silent, *(f"reader{number}@example.test" for number in range(300))]
    Subscriber.objects.bulk_create(
        Subscriber(channel="email", address=address, confirmed_at=timezone.now()) for address in addresses
    )


def by_state(announcement) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for state, address in announcement.deliveries.values_list("state", "subscriber__address"):
        found.setdefault(state, set()).add(address)
    return found


def is_recovered(announcement) -> bool:
    ledger.recover()
    return "sending" not in by_state(announcement)


def test_a_relay_that_is_silent_before_it_took_anything_delays_no_end(stack):
    readers("hang1@example.test", "hang2@example.test")
    worker = stack.worker()
    announcement = publish()
    wait_until(lambda: len(stack.smtp.journal) > 20)
    os.kill(worker.process.pid, signal.SIGTERM)
    worker.process.wait(GRACE)
    rows = announcement.deliveries.values_list("state", "attempts", "possibly_doubled").distinct()
    assert set(rows) == {("sent", 1, False), ("queued", 0, False)}
    assert announcement.deliveries.filter(state="sent").count() == len(stack.smtp.journal)


def test_only_what_a_silent_relay_may_have_taken_is_in_doubt_after_a_kill(stack, settings):
    silent = {"dot1@example.test", "dot2@example.test"}
    readers(*silent, "hang1@example.test")
    worker = stack.worker()
    announcement = publish()
    wait_until(lambda: len(stack.smtp.journal) > 20)
    os.kill(worker.process.pid, signal.SIGTERM)
    wait_until(lambda: by_state(announcement).get("sending", set()) <= silent, GRACE)
    in_flight = by_state(announcement)["sending"]
    worker.kill()
    settings.DATA_DIR = stack.directory
    assert in_flight
    # Its children are killed with it, and may be gone a moment later.
    wait_until(lambda: is_recovered(announcement), GRACE)
    doubtful = announcement.deliveries.filter(possibly_doubled=True)
    assert set(doubtful.values_list("subscriber__address", flat=True)) == in_flight
    assert set(announcement.deliveries.exclude(pk__in=doubtful).values_list("state", "attempts")) == {
        ("sent", 1),
        ("queued", 0),
    }
