"""Who hears an announcement, each once."""

import pytest
from django.utils import timezone

from subscribers.delivery.audience import audience, recipients_of
from subscribers.models import AffectedCustomer, Delivery, Subscription, Suppression
from tests.factories import a_component, a_subscriber, an_open_incident

pytestmark = pytest.mark.django_db


@pytest.fixture
def payments():
    return a_component("Payments")


def link(incident, subscriber):
    AffectedCustomer.objects.create(incident=incident, subscriber=subscriber, name="Ada")


def test_everything_and_the_component_are_heard_and_another_component_is_not(payments):
    everything, chosen, other = a_subscriber(), a_subscriber(everything=False), a_subscriber(everything=False)
    Subscription.objects.create(subscriber=chosen, component=payments)
    Subscription.objects.create(subscriber=other, component=a_component("Search"))
    assert set(audience(component_ids=[payments.pk])) == {everything, chosen}


def test_of_no_component_only_those_hear_who_want_everything(payments):
    everything = a_subscriber()
    Subscription.objects.create(subscriber=a_subscriber(everything=False), component=payments)
    assert list(audience(component_ids=[])) == [everything]


def test_between_opening_and_closing_only_those_hear_who_want_every_update(payments):
    a_subscriber(every_update=False)
    every = a_subscriber()
    assert list(audience(component_ids=[payments.pk], is_milestone=False)) == [every]
    assert audience(component_ids=[payments.pk]).count() == 2


def test_the_unconfirmed_hear_only_where_they_are_linked(payments):
    customer = a_subscriber(confirmed_at=None)
    incident, other = an_open_incident(payments).incident, an_open_incident(payments).incident
    link(incident, customer)
    assert list(recipients_of(incident.announcements.get())) == [customer]
    assert not recipients_of(other.announcements.get()).exists()


def test_the_linked_hear_every_update(payments):
    customer = a_subscriber(every_update=False)
    incident = an_open_incident(payments).incident
    link(incident, customer)
    found = audience(component_ids=[payments.pk], incident_id=incident.pk, is_milestone=False)
    assert list(found) == [customer]


def test_whoever_was_told_what_was_wrong_hears_the_correction_whatever_else_they_want(payments):
    seldom, elsewhere, untold, gone = (a_subscriber(everything=False, every_update=False) for _ in range(4))
    wrong = an_open_incident(payments).incident.announcements.get()
    for reader, state in ((seldom, "sent"), (elsewhere, "unknown"), (untold, "queued"), (gone, "delivered")):
        Delivery.objects.create(announcement=wrong, subscriber=reader, channel=reader.channel, state=state, priority=1)
    gone.unsubscribed_at = timezone.now()
    gone.save()
    found = audience(component_ids=[], is_milestone=False, corrects=wrong.pk)
    assert set(found) == {seldom, elsewhere}


def test_who_is_linked_and_subscribed_and_chose_two_components_is_one_row(payments):
    search = a_component("Search")
    reader = a_subscriber(everything=False)
    for component in (payments, search):
        Subscription.objects.create(subscriber=reader, component=component)
    incident = an_open_incident(payments, search).incident
    link(incident, reader)
    assert list(recipients_of(incident.announcements.get())) == [reader]


def test_nobody_who_left_or_is_suppressed_hears_linked_or_not(payments):
    left, dead = a_subscriber(unsubscribed_at=timezone.now()), a_subscriber()
    Suppression.objects.create(channel="email", address=dead.address, reason="550")
    incident = an_open_incident(payments).incident
    for reader in (left, dead):
        link(incident, reader)
    assert not recipients_of(incident.announcements.get()).exists()


def test_a_suppression_of_one_channel_leaves_the_other(payments):
    phone = a_subscriber(channel="sms")
    Suppression.objects.create(channel="email", address=phone.address, reason="550")
    assert list(audience(component_ids=[payments.pk])) == [phone]


def test_a_new_incident_reaches_nobody_who_is_linked_to_another(payments):
    link(an_open_incident(payments).incident, a_subscriber(confirmed_at=None))
    assert not audience(component_ids=[payments.pk], incident_id=None).exists()
