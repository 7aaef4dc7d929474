"""Reports from outside come twice, late, in any order, and sometimes from somebody else."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import permutations

import pytest
from django.db import connection
from django.utils import timezone

from subscribers.channels.reports import Event, Report
from subscribers.channels.verdicts import Verdict
from subscribers.delivery import drain, fanout, ledger, reports, suppressions
from subscribers.enums import Channel, DeliveryState, SuppressionCause, SuppressionSource
from subscribers.models import Delivery, HeldSuppression, Subscriber, Suppression
from subscribers.people import subscribing
from tests.factories import a_component, a_subscriber, a_user, an_open_incident

pytestmark = pytest.mark.django_db
NUMBER = "+4915112345678"
GONE = SuppressionCause.REFUSED


def a_sent_delivery(*, channel="email", state=DeliveryState.SENT, **kwargs) -> Delivery:
    subscriber = a_subscriber(channel=channel)
    announcement = an_open_incident(a_component()).announcement
    values = {"attempts": 1, "provider_id": "p1", "sent_at": timezone.now(), **kwargs}
    return Delivery.objects.create(
        announcement=announcement, subscriber=subscriber, channel=channel, state=state, **values
    )


def told(row: Delivery, event: Event, reason="550 5.1.1 No such user", verdict=Verdict.UNKNOWN) -> bool:
    report = Report(row.pk, event, reason, verdict=verdict)
    changed = reports.receive(report, at=timezone.now())
    row.refresh_from_db()
    return changed


def test_a_delivered_message_is_delivered():
    row = a_sent_delivery()
    assert told(row, Event.DELIVERED)
    assert (row.state, row.reason, row.provider_id) == ("delivered", "", "p1")
    assert not told(row, Event.DELIVERED)


def test_a_hard_bounce_suppresses_the_address_and_says_why():
    row = a_sent_delivery()
    assert told(row, Event.BOUNCED, verdict=Verdict.ADDRESS_DEAD)
    assert (row.state, row.cause, row.reason) == ("bounced", "returned", "550 5.1.1 No such user")
    suppression = Suppression.objects.get()
    assert (suppression.address, suppression.source) == (row.subscriber.address, "report")
    assert "No such user" in suppression.reason


def test_a_bounce_that_is_not_about_the_address_leaves_it_alone():
    row = a_sent_delivery()
    told(row, Event.BOUNCED, "552 5.2.2 Mailbox full")
    assert row.state == "bounced"
    assert not Suppression.objects.exists()


def test_what_is_put_off_is_noted_and_stays_sent():
    row = a_sent_delivery()
    assert told(row, Event.DELAYED, "4.4.1 no answer")
    assert row.state == "sent"
    assert (row.cause, row.reason) == ("delayed", "4.4.1 no answer")
    assert not told(row, Event.DELAYED, "4.4.1 no answer")


@pytest.mark.parametrize("order", list(permutations([Event.DELAYED, Event.DELIVERED, Event.BOUNCED])))
def test_in_any_order_the_bounce_stands(order):
    row = a_sent_delivery()
    for event in [*order, *order]:
        told(row, event)
    assert row.state == "bounced"


def test_a_complaint_ends_all_messages_and_the_message_stays_delivered():
    row = a_sent_delivery(state=DeliveryState.DELIVERED)
    assert told(row, Event.COMPLAINED)
    assert row.state == "delivered"
    assert (row.cause, Suppression.objects.get().cause) == ("complained", "complained")
    suppressions.lift(suppression=Suppression.objects.get(), by=None, at=timezone.now())
    assert not told(row, Event.COMPLAINED)
    assert not Suppression.objects.exists()


def test_an_old_bounce_that_comes_again_does_not_undo_what_a_person_lifted():
    row = a_sent_delivery()
    told(row, Event.BOUNCED, verdict=Verdict.ADDRESS_DEAD)
    suppressions.lift(suppression=Suppression.objects.get(), by=a_user(), at=timezone.now())
    assert not told(row, Event.BOUNCED, verdict=Verdict.ADDRESS_DEAD)
    assert not Suppression.objects.exists()


def test_whoever_unsubscribed_with_the_provider_is_unsubscribed_here_unless_they_came_back():
    row = a_sent_delivery()
    assert told(row, Event.UNSUBSCRIBED)
    subscriber = row.subscriber
    assert not Subscriber.objects.active().exists()
    subscribing.change(
        subscriber=subscriber, everything=True, components=[], every_update=True, at=timezone.now() + timedelta(1)
    )
    assert not told(row, Event.UNSUBSCRIBED)
    assert Subscriber.objects.active().exists()


def test_a_report_settles_what_nobody_knew_so_that_no_second_copy_goes_out():
    waiting = a_sent_delivery(state=DeliveryState.QUEUED, possibly_doubled=True, sent_at=None)
    unknown = a_sent_delivery(channel="sms", state=DeliveryState.UNKNOWN, sent_at=None)
    assert told(waiting, Event.DELIVERED)
    assert told(unknown, Event.DELIVERED)
    assert waiting.state == unknown.state == "delivered"
    assert waiting.sent_at
    assert drain.drain(Channel.EMAIL) == 0


def test_a_report_may_be_faster_than_our_own_note(smtp_sink):
    row = a_sent_delivery(state=DeliveryState.SENDING, lease="ours", sent_at=None)
    assert told(row, Event.DELIVERED)
    assert (row.state, row.lease) == ("delivered", "")


def test_a_report_in_the_middle_of_a_hand_over_alarms_nobody(smtp_sink, monkeypatch, caplog):
    a_subscriber()
    fanout.expand(an_open_incident(a_component()).announcement)
    row = Delivery.objects.get()
    settle_sent = ledger.settle_sent

    def after_the_report(sent):
        assert told(row, Event.DELIVERED)
        return settle_sent(sent)

    monkeypatch.setattr(ledger, "settle_sent", after_the_report)
    drain.drain(Channel.EMAIL)
    row.refresh_from_db()
    assert row.state == "delivered"
    assert not caplog.records


@pytest.mark.parametrize("state", [DeliveryState.SKIPPED, DeliveryState.FAILED, DeliveryState.QUEUED])
@pytest.mark.parametrize("event", [Event.DELIVERED, Event.BOUNCED, Event.DELAYED])
def test_what_never_went_out_is_not_moved_by_a_report(state, event):
    row = a_sent_delivery(state=state, reason="as it was", attempts=0)
    assert not told(row, event, verdict=Verdict.ADDRESS_DEAD)
    assert (row.state, row.reason) == (state, "as it was")
    assert not Suppression.objects.exists()


@pytest.mark.parametrize("pk", [0, 999_999_999, 10**30])
def test_an_unknown_delivery_is_passed_over(pk):
    assert not reports.receive(Report(pk, Event.BOUNCED, verdict=Verdict.ADDRESS_DEAD), at=timezone.now())


# --- A flood cannot silence the list -----------------------------------------------------------------------------


def a_flood(number: int) -> None:
    an_open_incident(a_component())
    announcement = an_open_incident(a_component()).announcement
    for _ in range(number):
        a_subscriber()
    fanout.expand(announcement)
    Delivery.objects.update(state=DeliveryState.SENT)
    for pk in Delivery.objects.values_list("pk", flat=True):
        reports.receive(Report(pk, Event.COMPLAINED, verdict=Verdict.ADDRESS_DEAD), at=timezone.now())


def test_beyond_the_limit_of_an_hour_suppressions_wait_for_a_person(settings, caplog):
    settings.SUPPRESSIONS_PER_HOUR = 3
    a_flood(8)
    assert Suppression.objects.count() == 3
    assert HeldSuppression.objects.count() == 5
    assert Subscriber.objects.reachable().count() == 5
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "held" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_the_limit_holds_when_all_come_at_once(settings):
    settings.SUPPRESSIONS_PER_HOUR = 3

    def suppress(number: int) -> bool:
        values = {"address": f"reader{number}@example.test", "reason": "550", "source": SuppressionSource.REPORT}
        try:
            return suppressions.suppress(channel="email", cause=GONE, at=timezone.now(), **values)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(suppress, range(24))) == 3
    assert (Suppression.objects.count(), HeldSuppression.objects.count()) == (3, 21)


def test_an_hour_later_there_is_room_again(settings):
    settings.SUPPRESSIONS_PER_HOUR = 3
    a_flood(3)
    values = {"channel": "email", "address": "late@example.test", "reason": "550", "source": SuppressionSource.REPORT}
    assert not suppressions.suppress(**values, cause=GONE, at=timezone.now())
    assert suppressions.suppress(**values, cause=GONE, at=timezone.now() + timedelta(hours=1, minutes=1))


def test_what_the_provider_refused_at_once_takes_no_room_from_reports(settings):
    settings.SUPPRESSIONS_PER_HOUR = 1
    Suppression.objects.create(channel="email", address="a@example.test", reason="550 5.1.1")
    a_flood(1)
    assert Suppression.objects.count() == 2


def test_a_person_decides_on_what_is_held_and_that_is_written_down(settings):
    settings.SUPPRESSIONS_PER_HOUR = 0
    a_flood(2)
    believed, doubted = HeldSuppression.objects.order_by("pk")
    lead, now = a_user(), timezone.now()
    assert suppressions.accept(held=believed, by=lead, at=now)
    assert suppressions.dismiss(held=doubted, by=lead, at=now)
    assert not suppressions.accept(held=believed, by=lead, at=now)
    assert Suppression.objects.get().address == believed.address
    assert not HeldSuppression.objects.exists()
