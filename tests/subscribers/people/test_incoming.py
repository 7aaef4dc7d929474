"""What no rule of ours understands is kept for a person: once, bounded, and gone with the person or with time."""

import logging
from datetime import timedelta

import pytest
from django.utils import timezone

from incidents.models import AuditEvent
from subscribers.addresses import Address
from subscribers.delivery import retention
from subscribers.enums import Channel
from subscribers.models import IncomingMessage, Subscriber
from subscribers.people import erasing, exporting, inbound_sms, incoming
from tests.factories import a_subscriber, a_user

pytestmark = pytest.mark.django_db
NUMBER = "+4915112345678"


def keep(text="When is it over?", address=NUMBER, provider_id="", at=None) -> bool:
    about = {"channel": Channel.SMS, "address": address, "provider_id": provider_id}
    return incoming.keep(**about, text=text, at=at or timezone.now())


def hear(text, **kwargs) -> str:
    return inbound_sms.hear(address=NUMBER, text=text, at=timezone.now(), **kwargs)


def texts() -> list[str]:
    return list(IncomingMessage.objects.order_by("pk").values_list("text", flat=True))


@pytest.mark.parametrize("word", ["STOP", "please stop", "START", "HELP", "Arr\u00eat"])
def test_what_is_a_word_of_ours_is_done_and_not_kept(word):
    a_subscriber(NUMBER, channel="sms")
    hear(word)
    assert not IncomingMessage.objects.exists()


@pytest.mark.parametrize("text", ["When is it over?", "Lass mich in Ruhe", "\u0643\u0641\u0649", "", "\U0001f44d"])
def test_what_is_no_word_of_ours_is_kept_as_it_was_written(text):
    hear(text, provider_id="SM1")
    kept = IncomingMessage.objects.get()
    assert (kept.channel, kept.address, kept.text, kept.provider_id) == ("sms", NUMBER, text, "SM1")
    assert kept.done_at is None


def test_every_such_sms_is_kept_though_only_the_first_of_a_day_is_answered():
    assert hear("one")
    assert not hear("two")
    assert texts() == ["one", "two"]


def test_a_replay_of_the_same_message_makes_no_second_row():
    assert keep(provider_id="SM1")
    assert not keep(provider_id="SM1")
    assert keep(provider_id="SM2")
    assert len(texts()) == 2


def test_two_messages_without_a_name_are_two():
    assert keep()
    assert keep()


def test_a_long_or_odd_text_is_cut_and_cleaned():
    keep("x" * 5_000)
    keep("a\0b\ud800c\u202ed")
    assert [len(text) for text in texts()] == [1_600, 6]
    assert texts()[1] == "a b?cd"
    keep(address="\u202e" + "y" * 5_000)
    assert IncomingMessage.objects.latest("pk").address == "y" * 99


def test_one_sender_is_counted_beyond_a_few_an_hour_and_others_are_kept(caplog):
    at = timezone.now()
    kept = [keep(str(number), at=at) for number in range(incoming.OF_ONE_AN_HOUR + 5)]
    assert kept.count(True) == incoming.OF_ONE_AN_HOUR
    assert IncomingMessage.objects.latest("pk").more == 5
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert keep("another", address="+4915100000000", at=at)
    assert keep("later", at=at + timedelta(hours=1, seconds=1))


def test_a_flood_from_everywhere_fills_no_table(monkeypatch):
    monkeypatch.setattr(incoming, "AN_HOUR", 20)
    at = timezone.now()
    kept = [keep(address=f"+49151{number:08}", at=at) for number in range(50)]
    assert kept.count(True) == 20
    assert sum(IncomingMessage.objects.values_list("more", flat=True)) == 30
    assert keep(address="+4915199999999", at=at + timedelta(hours=1, seconds=1))


def test_a_slow_flood_fills_no_table_either(monkeypatch):
    monkeypatch.setattr(incoming, "OPEN", 20)
    at = timezone.now()
    kept = [keep(at=at + timedelta(hours=number)) for number in range(30)]
    assert kept.count(True) == 20
    assert IncomingMessage.objects.latest("pk").more == 10
    incoming.finish(message=IncomingMessage.objects.first(), by=None, at=at)
    assert keep(at=at + timedelta(hours=31))


def test_a_flood_holds_up_no_stop():
    a_subscriber(NUMBER, channel="sms")
    for number in range(incoming.OF_ONE_AN_HOUR + 5):
        hear(f"why {number}?")
    assert "no more" in hear("STOP")
    assert not Subscriber.objects.active().exists()


def test_a_person_marks_it_as_done_once_and_may_open_it_again():
    keep()
    lead, message = a_user("lead"), IncomingMessage.objects.get()
    at = timezone.now()
    assert incoming.finish(message=message, by=lead, at=at)
    assert not incoming.finish(message=message, by=None, at=at)
    message.refresh_from_db()
    assert (message.done_at, message.done_by) == (at, lead)
    assert not IncomingMessage.objects.open().exists()
    assert incoming.reopen(message=message, by=lead, at=at)
    assert not incoming.reopen(message=message, by=lead, at=at)
    message.refresh_from_db()
    assert (message.done_at, message.done_by) == (None, None)
    actions = list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))
    assert actions[-2:] == ["marked incoming message as done", "reopened incoming message"]
    assert not AuditEvent.objects.filter(subject__contains=NUMBER).exists()


@pytest.mark.parametrize(("days", "left"), [(90, 1), (0, 2)])
def test_it_is_kept_as_long_as_deliveries_are(settings, days, left):
    settings.DELIVERY_RETENTION_DAYS = days
    at = timezone.now()
    keep("old", at=at - timedelta(days=91))
    keep("young", at=at - timedelta(days=89))
    assert retention.roll_up(at).messages == 2 - left
    assert len(texts()) == left
    assert "young" in texts()


@pytest.mark.parametrize("is_known", [True, False])
def test_it_is_exported_and_erased_with_the_person(is_known):
    if is_known:
        a_subscriber(NUMBER, channel="sms")
    keep("mine")
    keep("somebody else's", address="+4915100000000")
    person = Address(Channel.SMS, NUMBER)
    (told,) = exporting.export(person, by=None, at=timezone.now())["also_kept"]["incoming message"]
    assert told["text"] == "mine"
    assert "done_by" not in told
    erased = erasing.erase(person, by=None, at=timezone.now())
    assert (erased.was_known, erased.kept) == (True, None)
    assert texts() == ["somebody else's"]
