"""A provider that is down is left alone by everybody, and looked at now and then."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from subscribers.channels import transport
from subscribers.delivery import breakers, drain, fanout
from subscribers.enums import DeliveryState
from subscribers.models import Breaker, Delivery
from tests.factories import a_component, a_subscriber, an_open_incident
from tests.sinks import HANG_UP
from tests.transports import until_nothing_is_on_the_wire

pytestmark = pytest.mark.django_db


def due(number, channel="sms", severity="P1"):
    for index in range(number):
        a_subscriber(f"+49151{index:08}" if channel == "sms" else f"r{index}@example.test", channel=channel)
    announcement = an_open_incident(a_component(), severity=severity).announcement
    fanout.expand(announcement)
    return announcement


def the_wait_is_over():
    Breaker.objects.update(open_until=Now())


def test_a_provider_that_cannot_be_reached_is_left_alone_and_burns_no_attempt(sms_sink, settings):
    reachable, settings.SMS_URL = settings.SMS_URL, "http://127.0.0.1:1/"
    due(30)
    assert drain.drain("sms") == 0
    assert drain.due_channels() == []
    assert set(Delivery.objects.values_list("state", "attempts", "lease")) == {(DeliveryState.QUEUED, 0, "")}
    settings.SMS_URL = reachable
    assert drain.drain("sms") == 0
    assert len(sms_sink.journal) == 0
    the_wait_is_over()
    assert drain.due_channels() == ["sms"]
    assert drain.drain("sms") == 30
    assert not Breaker.objects.exists()


def test_after_the_wait_few_are_tried(sms_sink, settings):
    settings.SMS_REQUESTS = 8
    for index in range(100):
        sms_sink.on_post.told[f"+49151{index:08}"] = [(500, {}, {})]
    due(100)
    drain.drain("sms")
    until_nothing_is_on_the_wire(transport("sms"))
    first = len(sms_sink.requests)
    assert first < 100
    the_wait_is_over()
    drain.drain("sms")
    assert len(sms_sink.requests) - first <= breakers.PROBE
    assert Breaker.objects.get().failures == 2


def test_waits_grow_and_end_at_a_minute():
    lengths = []
    for _ in range(8):
        breakers.trip("sms", "down")
        lengths.append(Breaker.objects.annotate(now=Now()).values_list("open_until", "now").get())
        the_wait_is_over()
    seconds = [(until - now).total_seconds() for until, now in lengths]
    assert seconds[0] == pytest.approx(5, abs=1)
    assert seconds[0] < seconds[1] < seconds[2]
    assert 45 <= max(seconds) <= 61


def test_many_workers_that_find_it_down_at_once_count_as_one():
    for _ in range(8):
        breakers.trip("sms", "down")
    assert Breaker.objects.get().failures == 1


def test_nobody_calls_before_the_time_that_the_gateway_told(sms_sink):
    sms_sink.on_post.told["+4915100000000"] = [(429, {"Retry-After": "600"}, {}), None]
    due(1)
    drain.drain("sms")
    fanout.expand(an_open_incident(a_component(), severity="P1").announcement)
    assert drain.drain("sms") == 0
    until, now = Breaker.objects.annotate(now=Now()).values_list("open_until", "now").get()
    assert timedelta(minutes=9) < until - now <= timedelta(minutes=10)
    assert len(sms_sink.requests) == 1


def test_an_absurd_wait_is_shortened(sms_sink):
    sms_sink.on_post.told["+4915100000000"] = [(429, {"Retry-After": "999999999"}, {})]
    due(1)
    drain.drain("sms")
    until, now = Breaker.objects.annotate(now=Now()).values_list("open_until", "now").get()
    assert until - now <= breakers.LONGEST_TOLD


def test_one_channel_that_is_down_holds_up_no_other(sms_sink, smtp_sink):
    breakers.trip("sms", "down")
    due(1)
    due(1, channel="email")
    assert drain.due_channels() == ["email"]
    assert drain.drain("email") == 1


def test_refusals_of_single_messages_say_nothing_of_the_provider(smtp_sink):
    for index in range(60):
        smtp_sink.on_rcpt.told[f"r{index}@example.test"] = ["450 4.2.0 Greylisted", None]
    due(60, channel="email")
    assert drain.drain("email") == 60
    assert not Breaker.objects.exists()


def test_a_silence_after_the_hand_over_is_no_sign_of_its_end(sms_sink):
    sms_sink.on_post.told["+4915100000000"] = [HANG_UP]
    due(3)
    drain.drain("sms")
    assert not Breaker.objects.exists()


def test_a_word_about_an_address_shows_that_the_provider_is_back(smtp_sink):
    """The first that are tried may all be of people who left."""
    for index in range(15):
        smtp_sink.on_rcpt.told[f"r{index}@example.test"] = ["550 5.1.1 No such user"]
    due(60, channel="email")
    breakers.trip("email", "down")
    the_wait_is_over()
    assert drain.drain("email") == 60
    assert not Breaker.objects.exists()


def test_a_refusal_that_does_not_speak_of_the_address_does_not_close_the_breaker(smtp_sink):
    """It may be what a broken provider says to everything."""
    for index in range(60):
        smtp_sink.on_rcpt.told[f"r{index}@example.test"] = ["554 5.3.0 Something is wrong"]
    due(60, channel="email")
    breakers.trip("email", "down")
    the_wait_is_over()
    assert drain.drain("email") == breakers.PROBE
    assert Breaker.objects.exists()
