from datetime import timedelta

import pytest
from django.utils import timezone

from incidents.actions import publishing
from incidents.models import Announcement
from statuspage.lib import shutdown
from subscribers.board import board
from subscribers.board.progress import counts, of_announcement, of_incident, with_listing
from subscribers.delivery import fanout, invariants, pauses, retention
from subscribers.enums import DeliveryCause, DeliveryState, NoticeState
from subscribers.models import (
    AffectedCustomer,
    Confirmation,
    Delivery,
    DeliveryCount,
    Fanout,
    Subscriber,
)
from subscribers.people import subscribing
from subscribers.support import linking
from tests.factories import a_subscriber, a_user, an_open_incident

pytestmark = pytest.mark.django_db
LATER = timedelta(days=91)


@pytest.fixture
def told():
    """Of a closed incident: two were sent it, one of them maybe twice, one was left out, one failed."""
    for number in range(4):
        a_subscriber(f"reader{number}@example.test")
    incident = an_open_incident().incident
    publishing.post_update(incident=incident, status="resolved", body="Over.", by=None, at=timezone.now())
    for announcement in incident.announcements.all():
        fanout.expand(announcement)
    _first, second, third, fourth = Subscriber.objects.order_by("pk")
    now = timezone.now()
    Delivery.objects.update(state=DeliveryState.SENT, sent_at=now)
    Delivery.objects.filter(subscriber=second).update(possibly_doubled=True)
    Delivery.objects.filter(subscriber=third).update(state=DeliveryState.SKIPPED, cause=DeliveryCause.UNSUBSCRIBED)
    reason = "550 <reader3@example.test> is no more"
    Delivery.objects.filter(subscriber=fourth).update(state=DeliveryState.FAILED, reason=reason)
    return incident


def roll_up(at=None, **kwargs):
    return retention.roll_up(at or timezone.now() + LATER, **kwargs)


def seen(announcement):
    """All that the screens show of it, but for times."""
    found = of_announcement(with_listing(Announcement.objects.filter(pk=announcement.pk)).get(), at=timezone.now())
    assert [part.states for part in found.channels] == [
        part.states for one in of_incident(announcement.incident, at=timezone.now()) for part in one.channels
    ][: len(found.channels)]
    parts = [(part.channel, +part.states, part.skipped, part.doubles) for part in found.channels]
    return parts, +counts(announcement), board.reach(announcement), found.is_settled


def test_settled_rows_become_counts_and_every_figure_stays(told):
    before = {one.pk: seen(one) for one in told.announcements.all()}
    assert roll_up().deliveries == 8
    assert not Delivery.objects.exists()
    assert {one.pk: seen(one) for one in told.announcements.all()} == before
    assert roll_up().deliveries == 0
    assert {one.pk: seen(one) for one in told.announcements.all()} == before


def test_a_worker_that_is_told_to_end_folds_no_further_and_says_that_more_is_left(told):
    shutdown.begin()
    assert roll_up(seconds=20) == (0, 0, 0, False)
    shutdown.reset()
    assert roll_up(seconds=20) == (8, 0, 0, True)


def test_batches_add_up(told, monkeypatch):
    before = {one.pk: seen(one) for one in told.announcements.all()}
    monkeypatch.setattr(retention, "BATCH", 3)
    assert roll_up().deliveries == 8
    assert {one.pk: seen(one) for one in told.announcements.all()} == before


def test_what_a_killed_fold_left_is_folded_by_the_next(told, monkeypatch):
    before = {one.pk: seen(one) for one in told.announcements.all()}
    monkeypatch.setattr(retention, "BATCH", 3)
    raise_counts = retention.into_counts
    calls = iter((raise_counts, raise_counts))

    def killed(rows):
        number = next(calls)(rows)
        if not calls.__length_hint__():
            raise KeyboardInterrupt
        return number

    monkeypatch.setattr(retention, "into_counts", killed)
    with pytest.raises(KeyboardInterrupt):
        roll_up()
    monkeypatch.setattr(retention, "into_counts", raise_counts)
    assert Delivery.objects.count() == 5
    assert {one.pk: seen(one) for one in told.announcements.all()} == before
    assert roll_up().deliveries == 5
    assert {one.pk: seen(one) for one in told.announcements.all()} == before


def test_a_slice_ends_and_says_that_there_is_more(told):
    assert roll_up(seconds=0) == (0, 0, 0, False)
    assert roll_up(seconds=60).is_over


def test_no_providers_words_are_kept_for_they_may_name_the_address(told):
    roll_up()
    assert set(DeliveryCount.objects.values_list("cause", flat=True)) == {"", DeliveryCause.UNSUBSCRIBED}


def test_younger_ones_stay(told):
    assert roll_up(timezone.now() + timedelta(days=89)).deliveries == 0
    assert Delivery.objects.count() == 8


@pytest.mark.parametrize(("days", "rolled_up"), [(0, 0), (10, 8)])
def test_the_time_is_a_setting_and_none_means_for_ever(told, settings, days, rolled_up):
    settings.DELIVERY_RETENTION_DAYS = days
    assert roll_up(timezone.now() + timedelta(days=11)).deliveries == rolled_up


def test_nothing_of_an_incident_is_folded_while_some_of_it_waits(told):
    """A row held by a pause for so long must still find the newer ones that supersede it."""
    first = told.announcements.last()
    held = first.deliveries.first()
    Delivery.objects.filter(pk=held.pk).update(state=DeliveryState.QUEUED)
    pauses.pause(reason="Wrong words", announcement=first, by=None, at=timezone.now())
    assert roll_up().deliveries == 0
    Delivery.objects.filter(pk=held.pk).update(state=DeliveryState.SKIPPED, cause=DeliveryCause.SUPERSEDED)
    assert roll_up().deliveries == 8


def test_nothing_is_folded_before_all_of_the_incident_is_listed(told):
    Fanout.objects.filter(announcement=told.announcements.first()).update(finished_at=None)
    assert roll_up().deliveries == 0


def test_of_an_open_incident_the_newest_stays_for_those_who_are_linked_later():
    a_subscriber()
    incident = an_open_incident().incident
    publishing.post_update(incident=incident, status="mitigating", body="Soon.", by=None, at=timezone.now())
    for announcement in incident.announcements.all():
        fanout.expand(announcement)
    Delivery.objects.update(state=DeliveryState.SENT, sent_at=timezone.now())
    assert roll_up().deliveries == 1
    assert Delivery.objects.get().announcement == incident.announcements.first()


def test_nobody_is_told_twice_of_what_is_folded(told):
    reader = Subscriber.objects.first()
    at, by = timezone.now(), a_user()
    link = {"incident": told, "name": "Fern", "by": by, "at": at}
    linking.link_customer(contact=reader.address, **link)
    assert linking.tell_latest(incident=told, by=by, at=at) == 0
    roll_up()
    assert linking.lacking_latest(told) == 0
    assert linking.tell_latest(incident=told, by=by, at=at) == 0
    assert linking.link_customer(contact="new@example.test", **link, tell_latest=True).told == 0
    assert not Delivery.objects.exists()


def test_support_reads_that_only_the_numbers_are_kept(told, client):
    by, at = a_user(is_superuser=True), told.announcements.last().created_at
    early = AffectedCustomer.objects.create(
        incident=told, subscriber=Subscriber.objects.first(), name="Fern", linked_at=at - timedelta(hours=1)
    )
    late = AffectedCustomer.objects.create(incident=told, subscriber=Subscriber.objects.last(), name="Moss")
    roll_up()
    standing = dict(AffectedCustomer.objects.with_standing().values_list("pk", "standing"))
    assert standing == {early.pk: NoticeState.PAST, late.pk: NoticeState.NEXT}
    client.force_login(by)
    assert "No longer kept" in client.get(f"/admin/support/incidents/{told.public_id}/customers/").text
    page = client.get(f"/admin/support/customers/{early.subscriber_id}/").text
    assert "only the numbers are kept" in page
    assert "Send them this update now" not in page


def test_the_audit_of_the_ledger_misses_nobody_who_is_folded(told):
    roll_up()
    for announcement in told.announcements.all():
        assert invariants.violations(announcement) == []


def ask(address, at):
    choice = {"everything": True, "components": [], "every_update": True}
    subscribing.request_subscription(channel="email", address=address, at=at, **choice)


def test_whoever_never_confirmed_is_forgotten_after_a_month():
    at = timezone.now()
    ask("asked@example.test", at)
    ask("confirmed@example.test", at)
    subscribing.confirm(confirmation=Confirmation.objects.last(), at=at)
    ask("linked@example.test", at)
    linked = Subscriber.objects.get(address="linked@example.test")
    AffectedCustomer.objects.create(incident=an_open_incident().incident, subscriber=linked, name="Fern")
    assert roll_up(at + timedelta(days=29)).confirmations == 0
    assert roll_up(at + timedelta(days=31)).confirmations == 2
    assert set(Subscriber.objects.values_list("address", flat=True)) == {
        "confirmed@example.test",
        "linked@example.test",
    }
    assert Confirmation.objects.get().subscriber.address == "confirmed@example.test"
    assert Delivery.objects.get().subscriber.address == "confirmed@example.test"


def test_whoever_asks_again_is_not_forgotten_with_their_first_try():
    at = timezone.now()
    ask("asked@example.test", at - timedelta(days=31))
    ask("asked@example.test", at)
    assert roll_up(at).confirmations == 1
    assert Confirmation.objects.get().subscriber.address == "asked@example.test"
