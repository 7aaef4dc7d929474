import json
from datetime import timedelta

import pytest
from django.apps import apps
from django.utils import timezone

from incidents.models import AuditEvent
from subscribers.addresses import Address
from subscribers.board.progress import counts
from subscribers.delivery import fanout, retrying
from subscribers.delivery.failures import Choice
from subscribers.enums import Channel, DeliveryCause, DeliveryState
from subscribers.models import (
    AffectedCustomer,
    Confirmation,
    Delivery,
    ErasedAddress,
    Subscriber,
    Subscription,
    Suppression,
)
from subscribers.models.erased import Why
from subscribers.people import erasing, exporting, subscribing
from subscribers.support import linking
from tests.factories import a_component, a_subscriber, a_user, an_open_incident

pytestmark = pytest.mark.django_db
ADA = Address(Channel.EMAIL, "ada@example.test")
OTHER = "not.ada@example.test"  # holds her address, and is somebody else's


def erase(**kwargs):
    return erasing.erase(ADA, by=None, at=timezone.now(), **kwargs)


def everything_stored() -> str:
    """All rows of all tables as one text."""
    rows = [list(model._base_manager.values()) for model in apps.get_models()]
    return json.dumps(rows, default=str)


@pytest.fixture
def ada():
    """Everything that can be known of one address."""
    payments = a_component("Payments")
    ada = a_subscriber(ADA.address, everything=False)
    a_subscriber(OTHER)
    Subscription.objects.create(subscriber=ada, component=payments)
    asked = Confirmation.objects.create(subscriber=ada, confirmed_at=timezone.now())
    Delivery.objects.create(confirmation=asked, subscriber=ada, channel="email", state=DeliveryState.SENT)
    incident = an_open_incident(payments).incident
    announcement = incident.announcements.get()
    linking.link_customers(incident=incident, text=f"{ADA.address}\n", by=None, at=timezone.now())
    fanout.expand(announcement)
    reason = f"550 <{ADA.address}> and not <{OTHER}>"
    Delivery.objects.filter(announcement=announcement).update(state=DeliveryState.FAILED, reason=reason)
    retrying.retry(choice=Choice(reason=reason), by=None, at=timezone.now())
    Delivery.objects.filter(announcement=announcement).update(state=DeliveryState.SENT, sent_at=timezone.now())
    return ada


def test_nothing_names_the_person_any_more_and_the_numbers_stay(ada):
    announcement = Delivery.objects.filter(announcement__isnull=False).first().announcement
    before = +counts(announcement)
    Suppression.objects.create(channel="email", address=ADA.address, reason=f"550 {ADA.address}")
    done = erase()
    assert (done.was_known, done.deliveries, done.kept) == (True, 1, Why.SUPPRESSED)
    assert ADA.address not in everything_stored().replace(OTHER, "")
    assert +counts(announcement) == before
    assert not AffectedCustomer.objects.exists()
    assert OTHER in everything_stored()


def test_the_audit_says_it_with_a_keyed_hash(ada):
    user = a_user("support")
    erasing.erase(ADA, by=user, at=timezone.now())
    event = AuditEvent.objects.get(action="erased a subscriber")
    assert event.by == user
    assert len(event.detail["keyed_hash"]) == 64
    assert ADA.address not in event.detail["keyed_hash"]


def test_the_audit_keeps_all_but_the_address(ada):
    erase()
    retried = AuditEvent.objects.get(action="retried deliveries")
    assert retried.detail["chosen"]["reason"] == f"550 <(erased)> and not <{OTHER}>"
    assert retried.detail["deliveries"] == 2


def test_the_hash_depends_on_the_secret(settings, ada):
    erase(never_again=True)
    assert ErasedAddress.objects.among([ADA]) == {ADA: Why.ASKED}
    settings.SECRET_KEY = "another secret of some length"
    assert ErasedAddress.objects.among([ADA]) == {}


def test_nothing_is_kept_of_whoever_was_merely_subscribed(ada):
    assert erase().kept is None
    assert not ErasedAddress.objects.exists()


def test_a_second_time_finds_nothing(ada):
    erase()
    assert not erase().was_known
    assert AuditEvent.objects.filter(action="erased a subscriber").count() == 1


def test_an_unknown_person_may_ask_never_to_be_written_to():
    assert erase(never_again=True).kept == Why.ASKED


def test_what_waits_is_left_out_and_what_is_in_flight_is_not_known():
    ada = a_subscriber(ADA.address)
    first, second = an_open_incident().announcement, an_open_incident().announcement
    for announcement in (first, second):
        fanout.expand(announcement)
    Delivery.objects.filter(announcement=second).update(state=DeliveryState.SENDING)
    erase()
    assert +counts(first) == {DeliveryState.SKIPPED: 1}
    assert +counts(second) == {DeliveryState.UNKNOWN: 1}
    assert first.counts.get().cause == DeliveryCause.UNSUBSCRIBED
    assert not Subscriber.objects.filter(pk=ada.pk).exists()


def ask():
    subscribing.request_subscription(
        **ADA._asdict(), everything=True, components=[], every_update=True, at=timezone.now()
    )
    return Delivery.objects.latest("pk").state


def test_whoever_must_not_be_written_to_is_not_asked_to_confirm():
    erase(never_again=True)
    assert ask() == DeliveryState.SKIPPED


@pytest.mark.parametrize("left_at", [None, timezone.now()])
def test_whoever_was_subscribed_or_had_unsubscribed_may_ask_anew(left_at):
    a_subscriber(ADA.address, unsubscribed_at=left_at)
    erase()
    assert ask() == DeliveryState.QUEUED


@pytest.mark.parametrize("never_again", [True, False])
def test_a_link_by_support_writes_to_nobody_who_is_erased_and_did_not_want_it(never_again):
    a_subscriber(ADA.address, unsubscribed_at=timezone.now())
    erase(never_again=never_again)
    incident = an_open_incident().incident
    linked = linking.link_customer(
        incident=incident, name="Ada", contact=ADA.address, by=None, at=timezone.now(), tell_latest=True
    )
    assert (linked.linked, linked.silent, linked.told) == (1, 1, 0)


def test_an_export_holds_everything_in_words(ada):
    Subscriber.objects.filter(pk=ada.pk).update(consent="shop checkout")
    Suppression.objects.create(channel="email", address=ADA.address, reason="550 no such mailbox")
    found = exporting.export(ADA, by=None, at=timezone.now())
    assert found["address"] == ADA.address
    assert found["subscription"]["consent"]["given_by"] == "imported: shop checkout"
    assert found["subscription"]["hears_of"] == ["Payments"]
    assert found["linked_incidents"][0]["incident"] == "Card payments fail"
    assert [row["state"] for row in found["messages"]] == ["Sent", "Sent"]
    assert found["also_kept"]["suppression"][0]["reason"] == "550 no such mailbox"
    assert json.loads(json.dumps(found)) == found
    assert ADA.address not in json.dumps(AuditEvent.objects.get(action="exported a subscriber").detail)


def test_an_export_of_nobody_is_empty():
    found = exporting.export(ADA, by=None, at=timezone.now())
    assert (found["subscription"], found["messages"]) == (None, [])


def test_new_consent_of_the_owner_replaces_the_imported_one():
    ada = a_subscriber(ADA.address, consent="shop checkout", unsubscribed_at=timezone.now())
    choice = {"everything": True, "components": [], "every_update": True}
    ada = subscribing.change(subscriber=ada, at=timezone.now() + timedelta(1), **choice)
    assert ada.consent_given_by == "by the link in a message to this address"
