"""A gateway that heeds an Idempotency-Key: the same for an attempt and its repetition, another after a refusal."""

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from incidents.enums import Severity
from subscribers.delivery import drain, fanout, retrying
from subscribers.delivery.failures import Choice
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
        drain.drain("sms")
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


def keys_after_retries(sms_sink, *rounds) -> list[str]:
    """Each round is what the gateway answers until a person tries again."""
    a_subscriber(NUMBER, channel="sms")
    fanout.expand(an_open_incident(a_component(), severity=Severity.P3).announcement)
    for answers in rounds:
        sms_sink.on_post.told[NUMBER] = list(answers)
        sms_sink.on_post.asked.clear()
        for _ in answers:
            Delivery.objects.waiting().update(visible_at=Now())
            drain.drain("sms")
        retrying.retry(choice=Choice(), by=None, at=timezone.now())
    pk = Delivery.objects.get().pk
    return [headers["Idempotency-Key"].removeprefix(f"{pk}-") for _, headers, _ in sms_sink.requests]


NO, LATER, TAKEN = (400, {}, {}), (404, {}, {}), None


@pytest.mark.parametrize(
    ("rounds", "keys"),
    [
        ([[NO], [NO], [TAKEN]], "012"),  # each is refused, and asked anew
        ([[LATER, NO], [LATER, LATER, TAKEN]], "01234"),
        ([[HANG_UP], [TAKEN]], "00"),  # the gateway knows whether it took it
        ([[LATER, LATER, HANG_UP], [TAKEN]], "0122"),
        ([[LATER, HANG_UP], [LATER, NO], [LATER, TAKEN]], "011234"),
        ([[HANG_UP], [HANG_UP], [LATER, TAKEN]], "0001"),
    ],
)
def test_a_retry_by_a_person_is_no_repetition_of_what_was_refused(sms_sink, rounds, keys):
    assert "".join(keys_after_retries(sms_sink, *rounds)) == keys
    assert Delivery.objects.get().state == "sent"


def test_a_retry_of_what_came_back_is_a_new_message(sms_sink):
    assert keys_after_retries(sms_sink, [TAKEN]) == ["0"]
    Delivery.objects.update(state="bounced")
    retrying.retry(choice=Choice(), by=None, at=timezone.now())
    drain.drain("sms")
    assert [headers["Idempotency-Key"][-2:] for _, headers, _ in sms_sink.requests] == ["-0", "-1"]


def test_a_gateway_that_was_not_asked_for_gets_no_key(sms_sink, settings):
    settings.SMS_URL = sms_sink.url
    a_subscriber(NUMBER, channel="sms")
    fanout.expand(an_open_incident(a_component()).announcement)
    drain.drain("sms")
    assert "Idempotency-Key" not in sms_sink.requests[0][1]
