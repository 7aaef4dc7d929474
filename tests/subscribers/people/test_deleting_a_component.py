"""A component that somebody wants to hear of is not deleted under them."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection
from django.utils import timezone

from incidents.actions import catalogue
from incidents.models import AuditEvent, Component
from subscribers.models import Subscription
from tests.factories import a_component, a_subscriber

pytestmark = pytest.mark.django_db


def delete(component) -> None:
    catalogue.delete_entry(entry=component, by=None, at=timezone.now())


def a_reader_of(*components, **fields):
    subscriber = a_subscriber(everything=False, **fields)
    Subscription.objects.bulk_create(Subscription(subscriber=subscriber, component=one) for one in components)


@pytest.mark.parametrize(("readers", "words"), [(1, "1 person waits"), (3, "3 people wait")])
def test_a_component_stays_while_somebody_wants_to_hear_of_it(readers, words):
    wanted, other = a_component(), a_component()
    for _ in range(readers):
        a_reader_of(wanted, other)
    with pytest.raises(ValidationError, match=f"{words} for news of it. Make it private instead."):
        delete(wanted)
    assert Component.objects.count() == 2
    assert Subscription.objects.count() == 2 * readers


def test_a_component_goes_that_nobody_asked_for():
    component = a_component()
    a_subscriber()
    a_reader_of(component, unsubscribed_at=timezone.now())
    delete(component)
    assert not Component.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_whoever_subscribes_while_it_is_deleted_is_refused_and_not_lost_without_a_word(monkeypatch):
    """After the deletion has looked who waits, and before it deletes: the choice waits for it, and then fails aloud."""
    component, reader, tried = a_component(), a_subscriber(everything=False), []

    def choose():
        try:
            Subscription.objects.create(subscriber=reader, component=component)
        finally:
            connection.close()

    def let_somebody_choose(*args, **kwargs):
        tried.append(pool.submit(choose))
        wait_for(lambda: tried[0].done() or somebody_waits_for_a_lock())

    monkeypatch.setattr(AuditEvent, "record", let_somebody_choose)  # what comes between the two
    with ThreadPoolExecutor(1) as pool:
        delete(component)
        with pytest.raises(IntegrityError):
            tried[0].result(60)
    assert not Component.objects.exists()


def somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted)")
        return cursor.fetchone()[0]


def wait_for(condition) -> None:
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)
