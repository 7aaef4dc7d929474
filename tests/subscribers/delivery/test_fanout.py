import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from incidents.actions import publishing
from incidents.enums import IncidentStatus, Severity
from incidents.models import Announcement
from subscribers.delivery import fanout
from subscribers.enums import DeliveryState
from subscribers.models import AffectedCustomer, Delivery, Fanout, Subscription, Suppression
from subscribers.signals import deliveries_due
from tests.factories import a_component, a_subscriber, an_open_incident

pytestmark = pytest.mark.django_db


def an_announcement(*components, **kwargs) -> Announcement:
    return an_open_incident(*components, **kwargs).announcement


def hearers(announcement) -> set[str]:
    return set(announcement.deliveries.values_list("subscriber__address", flat=True))


def test_exactly_the_audience_gets_a_row():
    payments, search = a_component(), a_component()
    chosen = a_subscriber("chosen@example.test", everything=False)
    other = a_subscriber("other@example.test", everything=False)
    Subscription.objects.create(subscriber=chosen, component=payments)
    Subscription.objects.create(subscriber=other, component=search)
    a_subscriber("all@example.test")
    a_subscriber("+491511234567", channel="sms")
    a_subscriber("unconfirmed@example.test", confirmed_at=None)
    a_subscriber("gone@example.test", unsubscribed_at=timezone.now())
    a_subscriber("dead@example.test")
    Suppression.objects.create(channel="email", address="dead@example.test", reason="550")
    announcement = an_announcement(payments)
    linked = a_subscriber("linked@example.test", confirmed_at=None)
    AffectedCustomer.objects.create(incident=announcement.incident, subscriber=linked, name="Linked Ltd")
    assert fanout.expand(announcement) == 4
    assert hearers(announcement) == {
        "chosen@example.test",
        "all@example.test",
        "+491511234567",
        "linked@example.test",
    }


def test_a_row_is_ready_to_be_sent():
    subscriber = a_subscriber(channel="sms")
    announcement = an_announcement(severity=Severity.P3)
    fanout.expand(announcement)
    delivery = Delivery.objects.due().get()
    assert (delivery.subscriber, delivery.announcement, delivery.channel) == (subscriber, announcement, "sms")
    assert (delivery.state, delivery.attempts, delivery.priority) == (DeliveryState.QUEUED, 0, 3)
    assert timezone.now() - delivery.created_at < timedelta(minutes=1)


def test_who_wants_no_update_in_between_hears_the_beginning_and_the_end():
    a_subscriber("every@example.test")
    a_subscriber("brief@example.test", every_update=False)
    first = an_open_incident()
    now = timezone.now()
    statuses = (IncidentStatus.MITIGATING, IncidentStatus.RESOLVED)
    updates = [
        publishing.post_update(incident=first.incident, status=status, body="News.", by=None, at=now)
        for status in statuses
    ]
    for update in (first, *updates):
        fanout.expand(update.announcement)
    both = {"every@example.test", "brief@example.test"}
    assert [hearers(update.announcement) for update in (first, *updates)] == [both, {"every@example.test"}, both]


def test_expanding_twice_writes_nothing_twice():
    a_subscriber()
    announcement = an_announcement()
    assert (fanout.expand(announcement), fanout.expand(announcement)) == (1, 0)


def test_rows_that_are_there_already_stay_as_they_are():
    subscriber = a_subscriber()
    announcement = an_announcement()
    Delivery.objects.create(announcement=announcement, subscriber=subscriber, channel="email", state="sent")
    assert fanout.expand(announcement) == 0
    assert Delivery.objects.get().state == DeliveryState.SENT


def test_an_interrupted_fan_out_goes_on_where_the_last_page_ended():
    subscribers = [a_subscriber() for _ in range(5)]
    announcement = an_announcement()
    Fanout.objects.create(announcement=announcement)
    fanout._expand_page(announcement, 2)
    assert Fanout.objects.get().cursor == subscribers[1].pk
    assert list(fanout.unfinished()) == [announcement]
    assert fanout.expand(announcement) == 3
    assert announcement.deliveries.count() == 5
    assert not fanout.unfinished().exists()


def test_an_announcement_that_nobody_hears_is_finished_too():
    announcement = an_announcement()
    assert fanout.expand(announcement) == 0
    assert not fanout.unfinished().exists()


def test_the_most_severe_unfinished_announcement_comes_first():
    low, high = an_announcement(severity=Severity.P4), an_announcement(severity=Severity.P1)
    assert list(fanout.unfinished()) == [high, low]


def test_what_is_more_urgent_is_listed_between_two_pages(monkeypatch):
    monkeypatch.setattr(fanout, "FIRST_PAGE", 2)
    for _ in range(6):
        a_subscriber()
    low, urgent = an_announcement(severity=Severity.P3), []

    def publish(**kwargs):
        deliveries_due.disconnect(publish)
        urgent.extend(an_announcement(severity=severity) for severity in (Severity.P1, Severity.P4))

    deliveries_due.connect(publish)
    fanout.expand(low)
    rows = Delivery.objects.order_by("pk").values_list("announcement", flat=True)
    assert list(rows) == [low.pk] * 2 + [urgent[0].pk] * 6 + [low.pk] * 4
    assert list(fanout.unfinished()) == [urgent[1]]


def test_with_patience_a_new_announcement_is_left_to_the_workers():
    an_announcement()
    assert not fanout.unfinished(min_overdue=timedelta(seconds=30)).exists()


def test_an_announcement_by_a_clock_that_is_fast_is_unfinished_at_once():
    announcement = an_open_incident().announcement
    Announcement.objects.update(created_at=timezone.now() + timedelta(hours=2))
    assert list(fanout.unfinished()) == [announcement]


@pytest.mark.django_db(transaction=True)
def test_two_expanders_at_once_write_each_row_once(monkeypatch):
    monkeypatch.setattr(fanout, "FIRST_PAGE", 10)
    for _ in range(60):
        a_subscriber()
    announcement = an_announcement()
    written = []

    def expand():
        written.append(fanout.expand(announcement))
        connection.close()

    threads = [threading.Thread(target=expand) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(written) == announcement.deliveries.count() == 60


def test_what_is_begun_for_whoever_sends_goes_on_where_that_ended(monkeypatch):
    monkeypatch.setattr(fanout, "FIRST_PAGE", 2)
    for number in range(5):
        a_subscriber(f"reader{number}@example.test")
    announcement = an_announcement()
    assert fanout.begin(announcement)
    assert hearers(announcement) == {"reader0@example.test", "reader1@example.test"}
    assert not fanout.begin(announcement)
    assert announcement.deliveries.count() == 2
    assert fanout.expand(announcement) == 3


def test_what_cannot_be_begun_is_left_to_those_who_list(monkeypatch, caplog):
    def broken(announcement, recipients):
        raise ValueError("a fault of ours")

    a_subscriber()
    announcement = an_announcement()
    with monkeypatch.context() as patch:
        patch.setattr(fanout, "insert", broken)
        assert not fanout.begin(announcement)
    assert "cannot be expanded" in caplog.text
    assert fanout.expand(announcement) == 1


def test_a_correction_is_not_begun_before_those_who_heard_what_it_corrects():
    a_subscriber()
    announcement = an_announcement()
    correction = Announcement(pk=announcement.pk + 1, corrects=announcement)
    assert not fanout.begin(correction)
    assert not Fanout.objects.exists()
