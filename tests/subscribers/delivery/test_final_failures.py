"""Whoever publishes is told when the fan-out has final failures."""

from datetime import timedelta

import pytest
from django.utils import timezone

from incidents.models import Announcement, Message
from subscribers.delivery import dispatch, final_failures
from subscribers.enums import DeliveryState, RecipientKind
from subscribers.models import Contact, Delivery
from tests.deliveries import announced
from tests.factories import a_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def author():
    person = a_user("lead")
    values = {"channel": "email", "address": "lead@example.test", "verified_at": timezone.now()}
    Contact.objects.create(person=person, kind=RecipientKind.STAFF, **values)
    return person


def tell() -> int:
    return final_failures.tell_authors(timezone.now())


def test_the_author_gets_a_mail_that_leads_to_the_failures(author, smtp_sink):
    smtp_sink.on_rcpt.told["gone@example.test"] = ["550 5.1.1 no such user"]
    announcement = announced("a@example.test", "b@example.test", "c@example.test", "gone@example.test", by=author)
    dispatch.dispatch()
    dispatch.dispatch()
    mail = smtp_sink.journal.entries()[-1]
    assert mail["to"] == "lead@example.test"
    assert mail["subject"] == "1 notice of “Card payments fail” did not arrive"
    path = Message.objects.get().path
    assert path == f"/admin/support/deliveries/failures/?announcement={announcement.public_id}"


def test_once_for_an_announcement_however_many_fail_later(author):
    announcement = announced("a@example.test", "b@example.test", by=author)
    Delivery.objects.filter(subscriber__address="a@example.test").update(state=DeliveryState.FAILED)
    Delivery.objects.filter(subscriber__address="b@example.test").update(state=DeliveryState.SENT)
    assert tell() == 1
    announcement.deliveries.update(state=DeliveryState.BOUNCED)
    assert tell() == 0
    assert Message.objects.get().title.startswith("1 notice of")


def test_the_rest_has_its_chance_first_but_not_for_ever(author):
    announced("a@example.test", "b@example.test", by=author)
    Delivery.objects.filter(subscriber__address="a@example.test").update(state=DeliveryState.UNKNOWN)
    assert tell() == 0
    Announcement.objects.update(created_at=timezone.now() - timedelta(minutes=16))
    assert tell() == 1


def test_nobody_is_told_of_what_arrived_or_what_nobody_in_particular_published(author):
    announced("a@example.test", by=author)
    announced("b@example.test", by=None)
    Delivery.objects.filter(subscriber__address="a@example.test").update(state=DeliveryState.SENT)
    Delivery.objects.filter(subscriber__address="b@example.test").update(state=DeliveryState.FAILED)
    assert tell() == 0


def test_a_fault_in_telling_holds_up_nothing_that_is_to_be_sent(author, smtp_sink, monkeypatch, caplog):
    announced("a@example.test", by=author)
    Delivery.objects.update(state=DeliveryState.FAILED)
    announced("b@example.test", by=author)
    monkeypatch.setattr(final_failures.messages, "tell_staff", lambda **_: 1 / 0)
    dispatch.dispatch()
    assert "b@example.test" in [entry["to"] for entry in smtp_sink.journal.entries()]
    assert "Nobody is told" in caplog.text
