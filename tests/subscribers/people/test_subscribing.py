from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from subscribers.enums import Channel, DeliveryCause, DeliveryState
from subscribers.models import Confirmation, Delivery, Subscriber, Suppression
from subscribers.people import subscribing
from subscribers.signals import deliveries_due
from tests.factories import a_component, a_subscriber

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ADA = "ada@example.test"


def ask(address=ADA, *, channel=Channel.EMAIL, everything=True, components=(), every_update=True, at=NOON):
    return subscribing.request_subscription(
        channel=channel,
        address=address,
        everything=everything,
        components=components,
        every_update=every_update,
        at=at,
    )


def the_confirmation() -> Confirmation:
    return Confirmation.objects.latest("pk")


def choice_of(subscriber) -> tuple:
    subscriber.refresh_from_db()
    return subscriber.everything, subscriber.every_update, set(subscriber.components.all())


def test_asking_writes_an_unconfirmed_subscriber_and_one_confirmation_to_deliver():
    payments = a_component()
    assert ask(everything=False, components=[payments], every_update=False) is None
    delivery = Delivery.objects.get()
    assert (delivery.subscriber.address, delivery.channel, delivery.state) == (ADA, "email", "queued")
    assert delivery.priority == 0
    assert delivery.confirmation.component_ids == [payments.pk]
    assert not delivery.subscriber.is_active


def test_the_receivers_are_told_which_channel_to_ring():
    heard = []

    def listen(sender, channel, **kwargs):
        heard.append(channel)

    deliveries_due.connect(listen)
    try:
        ask("+4915112345678", channel=Channel.SMS)
    finally:
        deliveries_due.disconnect(listen)
    assert heard == [Channel.SMS]


def test_nothing_changes_for_a_subscriber_until_the_owner_confirms():
    payments, search = a_component(), a_component()
    subscriber = a_subscriber(ADA, everything=False)
    subscriber.components.add(payments)
    ask(everything=False, components=[search], every_update=False)
    assert choice_of(subscriber) == (False, True, {payments})
    assert subscribing.confirm(confirmation=the_confirmation(), at=NOON)
    assert choice_of(subscriber) == (False, False, {search})


def test_confirming_makes_a_subscriber():
    ask()
    assert subscribing.confirm(confirmation=the_confirmation(), at=NOON)
    assert list(Subscriber.objects.active().values_list("address", "confirmed_at")) == [(ADA, NOON)]


def test_a_confirmation_that_is_used_again_changes_nothing_that_came_after():
    ask()
    subscribing.confirm(confirmation=the_confirmation(), at=NOON)
    subscriber, payments = Subscriber.objects.get(), a_component()
    subscribing.change(subscriber=subscriber, everything=False, components=[payments], every_update=False, at=NOON)
    assert subscribing.confirm(confirmation=the_confirmation(), at=NOON)
    assert choice_of(subscriber) == (False, False, {payments})
    subscribing.unsubscribe(subscriber=subscriber, at=NOON)
    assert subscribing.confirm(confirmation=the_confirmation(), at=NOON)
    subscriber.refresh_from_db()
    assert not subscriber.is_active


def test_a_confirmation_is_good_for_seven_days():
    ask()
    week = timedelta(days=7)
    assert not subscribing.confirm(confirmation=the_confirmation(), at=NOON + week)
    assert not Subscriber.objects.active().exists()
    assert subscribing.confirm(confirmation=the_confirmation(), at=NOON + week - timedelta(seconds=1))


def test_a_confirmation_of_components_that_are_gone_is_refused_and_of_the_rest_holds():
    gone, hidden, kept = a_component(), a_component(), a_component()
    ask(everything=False, components=[gone, hidden])
    ask(everything=False, components=[gone, kept])
    gone.delete()
    type(hidden).objects.filter(pk=hidden.pk).update(is_public=False)
    nothing_left, something_left = Confirmation.objects.order_by("pk")
    assert not subscribing.confirm(confirmation=nothing_left, at=NOON)
    assert subscribing.confirm(confirmation=something_left, at=NOON)
    assert choice_of(Subscriber.objects.get())[2] == {kept}


def test_at_most_two_confirmations_an_address_and_day():
    for minutes in (0, 1, 2, 3):
        ask(at=NOON + timedelta(minutes=minutes))
    ask("bob@example.test")
    assert Delivery.objects.filter(subscriber__address=ADA).count() == 2
    assert Delivery.objects.filter(subscriber__address="bob@example.test").count() == 1
    ask(at=NOON + timedelta(days=1, seconds=1))
    assert Delivery.objects.filter(subscriber__address=ADA).count() == 3


@pytest.mark.django_db(transaction=True)
def test_many_requests_at_once_still_make_two_confirmations():
    def one(_):
        try:
            ask()
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(16)))
    assert Subscriber.objects.count() == 1
    assert Delivery.objects.count() == 2


def test_a_suppressed_address_gets_nothing_and_the_ledger_says_why():
    Suppression.objects.create(channel=Channel.EMAIL, address=ADA, reason="bounced")
    ask()
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.cause) == (DeliveryState.SKIPPED, DeliveryCause.SUPPRESSED)


def test_whoever_unsubscribed_may_come_back():
    subscriber = a_subscriber(ADA, unsubscribed_at=NOON - timedelta(days=3))
    ask()
    assert Delivery.objects.get().state == DeliveryState.QUEUED
    assert subscribing.confirm(confirmation=the_confirmation(), at=NOON)
    subscriber.refresh_from_db()
    assert subscriber.is_active
    assert subscriber.confirmed_at == NOON


def test_a_change_of_somebody_active_keeps_when_they_consented():
    subscriber = a_subscriber(confirmed_at=NOON - timedelta(days=9))
    subscribing.change(subscriber=subscriber, everything=True, components=[], every_update=False, at=NOON)
    subscriber.refresh_from_db()
    assert subscriber.confirmed_at == NOON - timedelta(days=9)


def test_unsubscribing_twice_keeps_the_first_time():
    subscriber = a_subscriber()
    subscribing.unsubscribe(subscriber=subscriber, at=NOON)
    subscribing.unsubscribe(subscriber=subscriber, at=NOON + timedelta(hours=1))
    subscriber.refresh_from_db()
    assert subscriber.unsubscribed_at == NOON
