"""Whoever confirmed before the publish is told, in whatever order the database wrote it down."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from incidents.actions import recalling
from incidents.models import Announcement
from subscribers import tasks
from subscribers.delivery import dispatch, fanout, invariants
from subscribers.models import AffectedCustomer, Confirmation, Fanout, Subscriber
from subscribers.people import subscribing
from tests.factories import a_subscriber, an_open_incident

pytestmark = pytest.mark.django_db
LATE = "late@example.test"


def an_asking() -> Confirmation:
    subscriber = a_subscriber(LATE, confirmed_at=None)
    return subscriber.confirmations.create(
        everything=True, every_update=True, component_ids=[], requested_at=timezone.now()
    )


def listed() -> Announcement:
    announcement = an_open_incident().announcement
    fanout.expand(announcement)
    return announcement


def hearers(announcement) -> list[str]:
    return list(announcement.deliveries.order_by("pk").values_list("subscriber__address", flat=True))


def grown_old(announcement, age=fanout.LATEST_COMMIT) -> Announcement:
    Announcement.objects.filter(pk=announcement.pk).update(created_at=announcement.created_at - age)
    return Announcement.objects.get(pk=announcement.pk)


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one writer")
@pytest.mark.django_db(transaction=True)
def test_a_confirmation_that_commits_after_all_pages_are_read_is_told():
    asked = an_asking()
    confirmed, may_commit = threading.Event(), threading.Event()

    def confirm():
        with transaction.atomic():
            subscribing.confirm(confirmation=asked, at=timezone.now())
            confirmed.set()
            assert may_commit.wait(30)
        connection.close()

    reader = threading.Thread(target=confirm)
    reader.start()
    assert confirmed.wait(30)
    announcement = listed()
    assert hearers(announcement) == []
    may_commit.set()
    reader.join()
    assert invariants.violations(announcement, settled=True) == [f"complete: {LATE} has no row"]
    tasks.sweep()
    assert hearers(announcement) == [LATE]
    assert invariants.violations(announcement) == []


@pytest.mark.parametrize("look", [tasks.sweep, dispatch.dispatch])
def test_a_confirmation_that_waited_while_the_publish_wrote_is_told(look):
    asked, at = an_asking(), timezone.now()
    announcement = listed()
    subscribing.confirm(confirmation=asked, at=at)
    look()
    assert hearers(announcement) == [LATE]


def test_a_customer_whose_link_is_written_down_late_is_told():
    subscriber, at = a_subscriber(LATE, confirmed_at=None), timezone.now()
    announcement = listed()
    AffectedCustomer.objects.create(
        incident=announcement.incident, subscriber=subscriber, name="Late Ltd", linked_at=at
    )
    assert fanout.catch_up(announcement) == 1
    assert hearers(announcement) == [LATE]


def test_whoever_confirms_after_the_publish_is_not_told():
    asked, announcement = an_asking(), listed()
    subscribing.confirm(confirmation=asked, at=timezone.now())
    assert fanout.catch_up(announcement) == 0


def test_whoever_was_imported_after_the_publish_is_not_told():
    announcement = listed()
    a_subscriber(confirmed_at=announcement.created_at, consent="the shop")
    assert fanout.catch_up(announcement) == 0


def test_nobody_is_told_twice_or_against_their_will():
    then = timezone.now()
    a_subscriber(LATE, confirmed_at=then, created_at=then)
    announcement = listed()
    a_subscriber("gone@example.test", confirmed_at=then, created_at=then, unsubscribed_at=timezone.now())
    assert fanout.catch_up(announcement) == 0
    assert hearers(announcement) == [LATE]


def test_the_list_is_closed_once_nobody_can_come_late():
    announcement = listed()
    assert list(fanout.unsettled()) == [announcement]
    assert not fanout.unsettled(min_overdue=timedelta(seconds=30)).exists()
    announcement = grown_old(announcement)
    fanout.catch_up(announcement)
    assert not fanout.unsettled().exists()
    Subscriber.objects.create(
        channel="email", address=LATE, confirmed_at=announcement.created_at, created_at=announcement.created_at
    )
    assert fanout.catch_up(announcement) == 0


def test_a_list_that_is_not_complete_is_not_closed():
    announcement = grown_old(an_open_incident().announcement)
    Fanout.objects.create(announcement=announcement)
    assert (fanout.catch_up(announcement), Fanout.objects.get().settled_at) == (0, None)


@pytest.mark.parametrize("is_rolled_up", [False, True])
def test_nobody_more_is_listed_for_what_is_recalled_or_folded(is_rolled_up):
    at = timezone.now()
    announcement = listed()
    if is_rolled_up:
        Fanout.objects.update(rolled_up_at=timezone.now())
    else:
        recalling.recall(announcement=announcement, reason="Wrong.", by=None, at=timezone.now())
    a_subscriber(LATE, confirmed_at=at, created_at=at)
    assert fanout.catch_up(Announcement.objects.get(pk=announcement.pk)) == 0
