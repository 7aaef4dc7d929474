"""A gateway that heeds an Idempotency-Key: the same for an attempt and its repetition, another after a refusal."""

import pytest
from django.db.models.functions import Now

from incidents.enums import Severity
from subscribers.actions import delivering, fanout
from subscribers.models import Delivery
from tests.factories import a_component, a_subscriber, an_open_incident
from tests.sinks import HANG_UP

pytestmark = pytest.mark.django_db
NUMBER = "+4915112345678"


@pytest.fixture(autouse=True)
def _heeds_keys(sms_sink, settings):
    settings.SMS_URL = sms_sink.url + "&idempotency=1"


def keys_after(sms_sink, *answers, severity=Severity.P1) -> list[str]:
    """The keys of the attempts, made relative to the delivery."""
    sms_sink.on_post.told[NUMBER] = list(answers)
    a_subscriber(NUMBER, channel="sms")
    fanout.expand(an_open_incident(a_component(), severity=severity).announcement)
    for _ in range(len(answers) + 1):
        Delivery.objects.waiting().update(visible_at=Now())
        delivering.drain("sms")
    pk = Delivery.objects.get().pk
    return [headers["Idempotency-Key"].removeprefix(f"{pk}-") for _, headers, _ in sms_sink.requests]


def test_an_unknown_outcome_is_repeated_once_under_the_same_key(sms_sink):
    assert keys_after(sms_sink, HANG_UP, None) == ["0", "0"]
    assert Delivery.objects.get().state == "sent"
    assert Delivery.objects.get().possibly_doubled


def test_twice_unknown_is_for_a_person(sms_sink):
    assert keys_after(sms_sink, HANG_UP, HANG_UP, None) == ["0", "0"]
    assert Delivery.objects.get().state == "unknown"


def test_a_refusal_is_no_outcome_to_be_repeated(sms_sink):
    assert keys_after(sms_sink, (503, {}, {}), (503, {}, {}), HANG_UP, None) == ["0", "1", "2", "2"]


def test_what_is_not_urgent_is_not_repeated(sms_sink):
    assert keys_after(sms_sink, HANG_UP, None, severity=Severity.P3) == ["0"]
    assert Delivery.objects.get().state == "unknown"


def test_a_gateway_that_was_not_asked_for_gets_no_key(sms_sink, settings):
    settings.SMS_URL = sms_sink.url
    a_subscriber(NUMBER, channel="sms")
    fanout.expand(an_open_incident(a_component()).announcement)
    delivering.drain("sms")
    assert "Idempotency-Key" not in sms_sink.requests[0][1]
