"""Each row names somebody who is there. No constraint says so, whose check would be a third of all that listing costs:
whoever lists holds the subscribers, whoever deletes one holds it first and takes its rows along."""

import threading
import time

import pytest
from django.db import connection, transaction
from django.utils import timezone

from incidents.actions import bulletins
from subscribers.delivery import dispatch, fanout, invariants
from subscribers.delivery.listing import insert
from subscribers.enums import DeliveryCause, DeliveryState
from subscribers.models import Confirmation, Delivery, Subscriber
from tests.factories import a_bulletin, a_subscriber, an_open_incident

pytestmark = pytest.mark.django_db
TWO_WRITERS = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one writer")


def orphans() -> list[int]:
    known = Subscriber.objects.values("pk")
    return list(Delivery.objects.exclude(subscriber=None).exclude(subscriber__in=known).values_list("pk", flat=True))


def until_somebody_waits_for_us() -> None:
    deadline = time.monotonic() + 60
    with connection.cursor() as cursor:
        while time.monotonic() < deadline:
            cursor.execute(
                "SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
            )
            if cursor.fetchone():
                return
            time.sleep(0.02)
    raise AssertionError("nobody waits")


def beside(act) -> threading.Thread:
    def begin():
        act()
        connection.close()

    thread = threading.Thread(target=begin)
    thread.start()
    return thread


@TWO_WRITERS
@pytest.mark.django_db(transaction=True)
def test_who_is_being_deleted_while_a_page_is_listed_gets_no_row():
    gone, stays = a_subscriber(), a_subscriber()
    announcement = an_open_incident().announcement
    with transaction.atomic():
        gone.delete()
        listing = beside(lambda: fanout.expand(announcement))
        until_somebody_waits_for_us()
    listing.join()
    assert [row.subscriber for row in Delivery.objects.all()] == [stays]
    assert not orphans()


@TWO_WRITERS
@pytest.mark.django_db(transaction=True)
def test_who_is_deleted_while_a_page_is_being_listed_takes_the_row_along():
    gone, stays = a_subscriber(), a_subscriber()
    announcement = an_open_incident().announcement
    with transaction.atomic():
        assert insert(announcement, Subscriber.objects.filter(pk__gt=0), are_new=True) == 2
        deleting = beside(gone.delete)
        until_somebody_waits_for_us()
    deleting.join()
    assert [row.subscriber for row in Delivery.objects.all()] == [stays]
    assert not orphans()


@TWO_WRITERS
@pytest.mark.django_db(transaction=True)
def test_whoever_changes_what_they_want_waits_for_nobody_who_lists():
    reader = a_subscriber()
    announcement = an_open_incident().announcement
    with transaction.atomic():
        insert(announcement, Subscriber.objects.filter(pk__gt=0))
        beside(lambda: Subscriber.objects.filter(pk=reader.pk).update(every_update=False)).join(60)
        assert not Subscriber.objects.get(pk=reader.pk).every_update


@pytest.fixture
def everything() -> tuple[Subscriber, Subscriber]:
    """Two subscribers who each have a row of an update, of a bulletin and of what asks for their confirmation."""
    readers = a_subscriber(), a_subscriber()
    fanout.expand(an_open_incident().announcement)
    insert(bulletins.told_as(a_bulletin(tell=True)), Subscriber.objects.filter(pk__gt=0))
    for reader in readers:
        asked = Confirmation.objects.create(subscriber=reader)
        Delivery.objects.create(confirmation=asked, subscriber=reader, channel="email")
    return readers


def test_the_rows_of_one_are_found_whatever_they_say(everything):
    one, other = everything
    for reader in everything:
        assert list(Delivery.objects.to([reader.pk]).values_list("subscriber", flat=True)) == [reader.pk] * 3
    assert Delivery.objects.to([one.pk, other.pk]).count() == Delivery.objects.count() == 6
    assert not Delivery.objects.to([]).exists()


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="how PostgreSQL goes about it")
def test_the_rows_of_one_are_found_by_a_look_up_for_each_announcement():
    many = [Subscriber(channel="email", address=f"r{n}@example.test", confirmed_at=timezone.now()) for n in range(500)]
    reader = Subscriber.objects.bulk_create(many)[250]
    for _ in range(20):
        insert(an_open_incident().announcement, Subscriber.objects.filter(pk__gt=0), are_new=True)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE subscribers_delivery, incidents_announcement")
    rows = Delivery.objects.to([reader.pk])
    assert rows.count() == 20
    plan = rows.order_by("-pk").explain()
    assert "Index Cond: ((announcement_id = u0.id) AND (subscriber_id =" in plan
    assert "Seq Scan on subscribers_delivery" not in plan


def delete_all_but(reader: Subscriber) -> None:
    Subscriber.objects.exclude(pk=reader.pk).delete()


@pytest.mark.parametrize("delete", [lambda one, other: one.delete(), lambda one, other: delete_all_but(other)])
def test_a_subscriber_who_is_deleted_takes_its_rows_along_and_no_others(everything, delete):
    one, other = everything
    delete(one, other)
    assert list(Subscriber.objects.all()) == [other]
    assert list(Delivery.objects.values_list("subscriber", flat=True)) == [other.pk] * 3


def left_behind(reader: Subscriber) -> None:
    """As by a statement at the database's prompt."""
    reader.confirmations.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM subscribers_subscriber WHERE id = %s", [reader.pk])


def test_a_row_that_names_nobody_is_sent_to_nobody_and_holds_up_nobody(everything, smtp_sink):
    gone, stays = everything
    left_behind(gone)
    dispatch.dispatch()
    settled = dict(Delivery.objects.filter(subscriber=gone.pk).values_list("state", "cause"))
    assert len(orphans()) == 2
    assert settled == {DeliveryState.SKIPPED: DeliveryCause.UNSUBSCRIBED}
    assert {entry["to"] for entry in smtp_sink.journal.entries()} == {stays.address}
    assert set(Delivery.objects.filter(subscriber=stays).values_list("state", flat=True)) == {DeliveryState.SENT}


def test_the_audit_names_a_row_that_names_nobody(everything):
    announcement = Delivery.objects.exclude(announcement=None)[0].announcement
    assert invariants.violations(announcement) == []
    left_behind(everything[0])
    row = announcement.deliveries.get(subscriber=everything[0].pk)
    found = f"known: row {row.pk} names subscriber {everything[0].pk}, who is not there"
    assert invariants.violations(announcement) == [found]


def test_where_one_of_a_page_has_a_row_already_all_others_get_theirs():
    told, *others = [a_subscriber() for _ in range(4)]
    announcement = an_open_incident().announcement
    Delivery.objects.create(announcement=announcement, subscriber=told, channel="email", state=DeliveryState.SENT)
    assert fanout.expand(announcement) == 3
    rows = announcement.deliveries.order_by("subscriber").values_list("subscriber", "state")
    assert list(rows) == [(told.pk, "sent"), *((one.pk, "queued") for one in others)]


def test_the_database_checks_no_key_that_every_row_of_a_fan_out_has():
    """The migration says it in SQL of its own, so that makemigrations cannot tell."""
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, Delivery._meta.db_table).values()
    checked = {one["columns"][0] for one in found if one["foreign_key"]}
    assert checked == {"confirmation_id", "contact_id", "message_id"}
    assert not [one for one in found if one["index"] and one["columns"] == ["subscriber_id"]]
