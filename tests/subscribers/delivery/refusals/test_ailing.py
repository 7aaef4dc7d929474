"""An address that might be well tomorrow and never is: it is not written to any more, and nobody else is silenced."""

from datetime import timedelta

import pytest
from django.utils import timezone

from incidents.enums import IncidentStatus
from incidents.models import Incident
from subscribers.addresses import Address
from subscribers.channels.email import dsn
from subscribers.channels.reports import Event, Report
from subscribers.delivery import drain, reports, retention, suppression_review
from subscribers.delivery.refusals import ailing, in_a_row
from subscribers.enums import Channel, DeliveryState, Illness, SuppressionSource
from subscribers.models import Ailment, Delivery, HeldSuppression, Subscriber, Suppression
from subscribers.people import exporting
from tests.deliveries import announced, time_passes
from tests.factories import a_subscriber

pytestmark = pytest.mark.django_db
READER = "reader@example.test"
OFF = f"550 5.2.1 <{READER}> is not accepting mail"
FULL = f"552 5.2.2 <{READER}> over quota"
DAY = timedelta(days=1)
START = timezone.now().replace(microsecond=0)


def refused(day: float, reply: str = OFF, address: str = READER) -> None:
    ailing.note({Address(Channel.EMAIL, address): reply}, source=SuppressionSource.REPLY, at=START + day * DAY)


def took(day: float, state=DeliveryState.SENT, **fields) -> Delivery:
    announcement = announced(READER if not Subscriber.objects.filter(address=READER).exists() else "other@example.test")
    row = Delivery.objects.get(announcement=announcement, subscriber__address=READER)
    Delivery.objects.filter(pk=row.pk).update(state=state, sent_at=START + day * DAY, **fields)
    return row


def suppressed() -> bool:
    return Suppression.objects.filter(address=READER).exists()


@pytest.mark.parametrize(
    ("said", "illness"),
    [
        (OFF, Illness.OFF),
        ("5.2.1", Illness.OFF),
        ("550 5.2.1 Mailbox not accepting messages", Illness.OFF),
        ("450 4.2.1 Mailbox not accepting messages", None),
        ("550 5.2.1 The user is receiving mail at a rate that prevents additional messages", None),
        ("550 5.2.1 temporarily unavailable", None),
        (FULL, Illness.FULL),
        ("Given up by the relay: 452 4.2.2 The account is out of storage space", Illness.FULL),
        ("452 4.2.2 try later", Illness.FULL),
        ("550 Mailbox full", Illness.FULL),
        ("452 4.3.1 Insufficient system storage", None),
        ("554 5.7.1 daily sending quota exceeded", None),
        ("5.4.4 Host or domain name not found", None),
        ("550 5.1.1 User unknown", None),
    ],
)
def test_an_illness_is_what_the_mailbox_itself_has(said, illness):
    assert dsn.illness_of(said) == illness


@pytest.mark.parametrize(
    ("days", "reply", "ends"),
    [
        ([0], OFF, False),
        ([0, 0.1, 0.5, 0.9], OFF, False),
        ([0, 2.9], OFF, False),
        ([0, 3], OFF, True),
        ([0, 1, 2, 3], OFF, True),
        ([0, 89], OFF, True),
        ([0, 90], OFF, False),
        ([0, 90, 92], OFF, False),
        ([0, 3], FULL, False),
        ([0, 27], FULL, False),
        ([0, 1, 27.9], FULL, False),
        ([0, 28], FULL, False),
        ([0, 28, 28.5], FULL, False),
        ([0, 14, 28], FULL, True),
    ],
)
def test_it_ends_after_days_or_weeks_of_the_same(days, reply, ends):
    for day in days:
        refused(day, reply)
    assert suppressed() == ends
    assert Ailment.objects.exists() != ends


def test_full_and_off_are_counted_apart():
    refused(0, FULL)
    refused(3, OFF)
    refused(5, FULL)
    assert not suppressed()


def test_it_says_since_when_and_is_not_read_as_doubtful():
    refused(0)
    refused(3.5)
    found = Suppression.objects.get()
    assert found.reason == f"Never taken since {START:%Y-%m-%d} (2 times): {OFF}"
    assert found.source == SuppressionSource.REPLY
    assert [group.is_doubtful for group in suppression_review.groups()] == [False]


@pytest.mark.parametrize("state", [DeliveryState.SENT, DeliveryState.DELIVERED])
def test_what_was_taken_between_makes_it_well(state):
    refused(0)
    took(0.5, state)
    refused(6)
    assert not suppressed()
    assert Ailment.objects.get().first_at == START + 6 * DAY
    refused(9)
    assert suppressed()


def test_what_the_relay_took_lately_may_yet_come_back():
    refused(0)
    row = took(3.9)
    refused(4)
    assert not suppressed()
    Delivery.objects.filter(pk=row.pk).update(state=DeliveryState.BOUNCED)
    refused(5)
    assert suppressed()


def everything_folds(settings) -> None:
    settings.DELIVERY_RETENTION_DAYS = 1
    Incident.objects.update(status=IncidentStatus.RESOLVED, resolved_at=START)
    retention.roll_up(START + 3 * DAY)
    assert not Delivery.objects.exists()


def test_that_something_was_taken_is_not_forgotten_with_its_delivery(settings):
    refused(0)
    took(1)
    everything_folds(settings)
    refused(4)
    assert not suppressed()


def test_that_it_was_refused_is_not_forgotten_with_its_delivery(settings):
    refused(0)
    took(1, DeliveryState.FAILED)
    everything_folds(settings)
    refused(4)
    assert suppressed()


def test_old_ones_are_forgotten():
    refused(0)
    retention.roll_up(START + 91 * DAY)
    assert not Ailment.objects.exists()


def test_it_is_among_what_a_person_is_told_that_we_keep():
    a_subscriber(READER)
    refused(0)
    kept = exporting.export(Address(Channel.EMAIL, READER), by=None, at=START)["also_kept"]
    assert [one["reason"] for one in kept["ailment"]] == [OFF]


# --- By whichever way it reaches us -------------------------------------------------------------------------


def days_ago(days: float) -> None:
    """What is remembered happened so long before."""
    for ailment in Ailment.objects.all():
        moved = {"first_at": ailment.first_at - days * DAY, "last_at": ailment.last_at - days * DAY}
        Ailment.objects.filter(pk=ailment.pk).update(**moved)


def test_at_the_hand_over_the_second_one_days_later_ends_it(smtp_sink):
    smtp_sink.on_rcpt.told = {READER: [OFF]}
    announced(READER, "other@example.test")
    drain.drain("email")
    assert not suppressed()
    assert Ailment.objects.get().address == READER
    days_ago(3)
    announced("third@example.test")
    drain.drain("email")
    assert suppressed()
    assert Suppression.objects.count() == 1
    announced("fourth@example.test")
    drain.drain("email")
    assert smtp_sink.on_rcpt.asked[READER] == 2


def test_in_a_bounce_as_well():
    for number in range(2):
        row = took(0 - number)
        Delivery.objects.filter(pk=row.pk).update(sent_at=timezone.now())
        report = Report(row.pk, Event.BOUNCED, OFF, verdict=dsn.verdict_of(OFF))
        reports.receive(report, at=timezone.now())
        assert suppressed() == (number == 1)
        days_ago(4)
    assert Suppression.objects.get().source == SuppressionSource.REPORT


def test_one_that_is_tried_again_is_no_refusal_yet(smtp_sink):
    smtp_sink.on_rcpt.told = {READER: ["452 4.2.2 Mailbox full"]}
    announced(READER, "other@example.test")
    drain.drain("email")
    assert not Ailment.objects.exists()


def test_a_relay_that_refuses_everybody_so_makes_nobody_ill(smtp_sink):
    addresses = [f"r{number}@example.test" for number in range(30)]
    smtp_sink.on_rcpt.told = {address: ["552 5.2.2 Quota exceeded"] for address in addresses}
    announced(*addresses)
    drain.drain("email")
    assert not Ailment.objects.exists()
    time_passes()
    in_a_row.judge_quiet()
    assert not Suppression.objects.exists()


def test_it_counts_within_the_limit_of_an_hour(settings):
    settings.SUPPRESSIONS_PER_HOUR = 1
    for address in ("a@example.test", "b@example.test"):
        refused(0, OFF, address)
        refused(3, OFF, address)
    assert (Suppression.objects.count(), HeldSuppression.objects.count()) == (1, 1)
