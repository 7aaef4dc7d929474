"""STOP, START and HELP, and what is no word of ours."""

from datetime import timedelta

import pytest
from django.utils import timezone

from subscribers.enums import Channel
from subscribers.models import Delivery, InboundSms, Subscriber, Suppression
from subscribers.people import inbound_sms, subscribing
from tests.factories import a_subscriber

pytestmark = pytest.mark.django_db
NUMBER = "+4915112345678"


def said(text: str, address=NUMBER) -> str:
    return inbound_sms.hear(address=address, text=text, at=timezone.now())


@pytest.mark.parametrize(
    "text", ["STOP", "stop", " Stop. ", "STOPP!", "STOP ALL", "Unsubscribe", "cancel", "END", "quit"]
)
def test_stop_ends_everything_at_once_and_says_so(text):
    a_subscriber(NUMBER, channel="sms")
    assert "no more" in said(text)
    assert not Subscriber.objects.active().exists()
    assert Suppression.objects.get().cause == "stopped"
    said(text)
    assert Suppression.objects.count() == 1


def test_stop_from_a_number_that_never_subscribed_counts_too():
    said("STOP")
    subscribing.request_subscription(
        channel=Channel.SMS, address=NUMBER, everything=True, components=[], every_update=True, at=timezone.now()
    )
    assert Delivery.objects.get().state == "skipped"


@pytest.mark.parametrize("text", ["START", "unstop", "Yes"])
def test_start_resumes_what_was_confirmed_before(text):
    a_subscriber(NUMBER, channel="sms")
    said("STOP")
    assert "again" in said(text)
    assert Subscriber.objects.active().reachable().exists()


def test_start_lifts_nothing_but_a_stop_and_subscribes_nobody():
    a_subscriber(NUMBER, channel="sms", confirmed_at=None)
    Suppression.objects.create(channel="sms", address=NUMBER, reason="not a mobile number (21614)")
    answer = said("START")
    assert "Nothing is subscribed" in answer
    assert Suppression.objects.exists()
    assert not Subscriber.objects.active().exists()


def test_start_lifts_also_the_stop_that_the_gateway_told_us_of():
    said_by_twilio = {"cause": "stopped", "reason": "the owner answered STOP (21610: No)"}
    Suppression.objects.create(channel="sms", address=NUMBER, **said_by_twilio)
    a_subscriber(NUMBER, channel="sms")
    said("START")
    assert Subscriber.objects.active().reachable().exists()


def test_start_lifts_also_what_the_version_before_wrote_without_its_cause():
    """It may have been a STOP; and whoever writes from this number has it."""
    Suppression.objects.create(channel="sms", address=NUMBER, cause="", reason="the owner answered STOP (21610: No)")
    a_subscriber(NUMBER, channel="sms")
    said("START")
    assert Subscriber.objects.active().reachable().exists()


def test_help_says_who_we_are_and_how_to_stop():
    for _ in range(2):
        answer = said("help")
        assert "STOP" in answer
        assert "http://status.example.test" in answer


def test_anything_else_is_answered_once_a_day_so_that_two_machines_do_not_talk_for_ever():
    now = timezone.now()
    answers = [
        inbound_sms.hear(address=NUMBER, text="I am an automatic answer", at=now + timedelta(hours=hours))
        for hours in (0, 1, 23, 25)
    ]
    assert [bool(answer) for answer in answers] == [True, False, False, True]
    assert not Suppression.objects.exists()
    assert set(InboundSms.objects.values_list("word", flat=True)) == {""}


def test_a_stop_counts_however_many_there_were(settings):
    settings.SUPPRESSIONS_PER_HOUR = 2
    for number in range(5):
        a_subscriber(f"+49151000000{number:02}", channel="sms")
        said("STOP", f"+49151000000{number:02}")
    assert not Subscriber.objects.active().exists()
    assert Suppression.objects.filter(source="owner").count() == 5
