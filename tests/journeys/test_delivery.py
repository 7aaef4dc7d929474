"""From the lead's click to the readers' mailboxes: real PostgreSQL, Redis, workers, relay, gateway, and real faults."""

import signal

import pytest
from django.conf import settings
from django.db.models import Count
from django.db.models.functions import Now
from django.utils import timezone

from incidents.models import Announcement
from subscribers.enums import WAITING, DeliveryState
from subscribers.models import Delivery, Subscriber, Suppression
from tests.invariants import violations
from tests.journeys.publishing import publish
from tests.processes import wait_until
from tests.sinks import HANG_UP

pytestmark = pytest.mark.django_db(transaction=True)
READERS, PHONES = 200, 20


@pytest.fixture
def readers():
    Subscriber.objects.bulk_create(
        [
            *(Subscriber(channel="email", address=reader(number)) for number in range(READERS)),
            *(Subscriber(channel="sms", address=f"+49151{number:08}") for number in range(PHONES)),
        ]
    )
    Subscriber.objects.update(confirmed_at=timezone.now())


def reader(number: int) -> str:
    return f"reader{number}@example.test"


def everything_is_settled(announcement: Announcement) -> bool:
    return announcement.deliveries.exists() and not announcement.deliveries.waiting().exists()


def leases_run_out() -> None:
    Delivery.objects.waiting().update(visible_at=Now())


def states(announcement) -> dict[str, int]:
    return dict(announcement.deliveries.values_list("state").annotate(Count("pk")).order_by())


def test_everybody_is_told_exactly_once(stack, readers):
    stack.worker()
    announcement = publish()
    wait_until(lambda: everything_is_settled(announcement))
    assert states(announcement) == {DeliveryState.SENT: READERS + PHONES}
    assert violations(announcement, stack.smtp.journal, stack.sms.journal) == []
    names = {entry["id"] for entry in stack.smtp.journal.entries()}
    assert len(stack.smtp.journal) == len(names) == READERS
    assert len(stack.sms.journal) == PHONES


@pytest.mark.parametrize("fault", [signal.SIGKILL, signal.SIGSTOP])
def test_with_redis_dead_or_frozen_publishing_works_and_the_notices_go_out(stack, readers, fault):
    stack.redis.kill(fault)
    announcement = publish()
    assert not Delivery.objects.exists()
    stack.manage("dispatch", "--once")
    assert violations(announcement, stack.smtp.journal, stack.sms.journal) == []
    assert len(stack.smtp.journal) == READERS


def test_a_fan_out_whose_rings_are_lost_is_found_by_the_schedule(stack, readers):
    stack.redis.kill()
    announcement = publish()
    stack.redis.start()  # empty
    stack.worker()
    stack.beat()
    wait_until(lambda: everything_is_settled(announcement))
    assert violations(announcement, stack.smtp.journal, stack.sms.journal) == []


def test_killed_workers_lose_nothing_and_double_only_what_they_flag(stack, readers):
    worker = stack.worker()
    announcement = publish()
    wait_until(lambda: len(stack.smtp.journal) > READERS // 4)
    worker.kill()
    claimed = announcement.deliveries.filter(state=DeliveryState.SENDING).count()
    assert announcement.deliveries.filter(state__in=WAITING).exists()
    leases_run_out()
    while not everything_is_settled(announcement):
        stack.manage("dispatch", "--once")
    assert violations(announcement, stack.smtp.journal, stack.sms.journal) == []
    # A mail and the next one's envelope a connection, of each of two processes; the rest of the claim is in no doubt.
    doubtful = announcement.deliveries.filter(possibly_doubled=True).count()
    assert doubtful <= min(claimed, 2 * 2 * settings.EMAIL_CONNECTIONS)
    assert states(announcement) == {DeliveryState.SENT: READERS + PHONES}


def test_a_relay_that_refuses_greylists_and_hangs_up(stack, readers):
    refused, greylisted, cut = reader(3), reader(5), reader(7)
    stack.smtp.on_rcpt.told = {refused: ["550 5.1.1 No such user"], greylisted: ["451 4.7.1 Later", None]}
    stack.smtp.on_data.told = {cut: [HANG_UP, None]}
    stack.worker()
    announcement = publish()
    wait_until(lambda: announcement.deliveries.filter(state__in=WAITING).count() == 2)
    leases_run_out()
    stack.manage("dispatch", "--once")
    assert violations(announcement, stack.smtp.journal, stack.sms.journal) == []
    rows = {row.subscriber.address: row for row in announcement.deliveries.select_related("subscriber")}
    assert (rows[refused].state, rows[refused].attempts) == (DeliveryState.FAILED, 1)
    assert (rows[greylisted].state, rows[greylisted].attempts) == (DeliveryState.SENT, 2)
    assert (rows[cut].state, rows[cut].possibly_doubled) == (DeliveryState.SENT, True)
    assert list(Suppression.objects.values_list("address", flat=True)) == [refused]
    assert sum(row.possibly_doubled for row in rows.values()) == 1


def test_dispatch_that_is_told_to_stop_leaves_nothing_in_doubt(stack, readers):
    announcement = publish()
    process = stack.dispatch("--once")
    wait_until(lambda: len(stack.smtp.journal) > 10)
    process.kill(signal.SIGTERM)
    assert process.process.returncode == 0
    counts = states(announcement)
    assert counts.keys() == {DeliveryState.SENT, DeliveryState.QUEUED}
    assert not announcement.deliveries.filter(state=DeliveryState.QUEUED, attempts__gt=0).exists()
    stack.manage("dispatch", "--once")
    assert violations(announcement, stack.smtp.journal, stack.sms.journal) == []
    assert states(announcement) == {DeliveryState.SENT: READERS + PHONES}
