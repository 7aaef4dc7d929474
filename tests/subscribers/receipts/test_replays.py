"""What a provider signed once does nothing when somebody posts a copy of it later."""

import hmac
import json
from base64 import b64encode
from datetime import timedelta

import pytest
from django.utils import timezone

from subscribers.channels.reports import Event, Report
from subscribers.channels.verdicts import Verdict
from subscribers.delivery import reports, retention
from subscribers.enums import DeliveryState
from subscribers.models import Delivery, SeenReport, Subscriber, Suppression
from subscribers.models.seen_report import REMEMBERED_FOR
from tests.factories import a_component, a_subscriber, an_open_incident

pytestmark = pytest.mark.django_db
SITE = "https://status.example.test"
NUMBER = "+4915112345678"
INCOMING = "/receipts/sms/incoming/"


@pytest.fixture
def twilio(settings):
    settings.SITE_URL = SITE
    settings.SMS_URL = "twilio://AC1:secret@api.twilio.com/?from=%2B15551234567"


def write(client, text: str, number: str):
    fields = {"From": NUMBER, "Body": text, "MessageSid": number}
    signed = SITE + INCOMING + "".join(name + fields[name] for name in sorted(fields))
    signature = b64encode(hmac.digest(b"secret", signed.encode(), "sha1")).decode()
    return client.post(INCOMING, fields, headers={"x-twilio-signature": signature})


def test_an_old_signed_stop_posted_again_ends_nothing(client, twilio):
    a_subscriber(NUMBER, channel="sms")
    assert b"no more" in write(client, "STOP", "SM1").content
    write(client, "START", "SM2")
    assert Subscriber.objects.active().exists()
    again = write(client, "STOP", "SM1")
    assert (again.status_code, b"Message" in again.content) == (200, False)
    assert Subscriber.objects.active().exists()
    assert not Suppression.objects.exists()


def test_an_old_signed_start_posted_again_resumes_nothing(client, twilio):
    a_subscriber(NUMBER, channel="sms")
    for number, text in enumerate(("START", "STOP")):
        write(client, text, f"SM{number}")
    write(client, "START", "SM0")
    assert not Subscriber.objects.active().exists()


def test_the_same_word_in_another_message_counts(client, twilio):
    a_subscriber(NUMBER, channel="sms")
    for number, text in enumerate(("STOP", "START", "STOP")):
        write(client, text, f"SM{number}")
    assert not Subscriber.objects.active().exists()


@pytest.fixture
def row() -> Delivery:
    return Delivery.objects.create(
        announcement=an_open_incident(a_component()).announcement,
        subscriber=a_subscriber("reader@example.test"),
        channel="email",
        state=DeliveryState.SENT,
        attempts=1,
        provider_id="p1",
        sent_at=timezone.now(),
    )


@pytest.mark.parametrize("event", [Event.BOUNCED, Event.FAILED, Event.COMPLAINED])
def test_an_old_report_posted_again_after_a_person_tried_again_suppresses_nobody(row, event):
    report = Report(row.pk, event, "550 5.1.1 No such user", "p1", Verdict.ADDRESS_DEAD)
    assert reports.receive(report, at=timezone.now())
    Suppression.objects.all().delete()
    Delivery.objects.update(state=DeliveryState.SENT, cause="", reason="", provider_id="p2")
    assert not reports.receive(report, at=timezone.now())
    assert not Suppression.objects.exists()
    assert reports.receive(report._replace(provider_id="p2"), at=timezone.now())
    assert Suppression.objects.exists()


def test_an_unsubscribe_at_the_provider_posted_again_ends_nothing(row):
    report = Report(row.pk, Event.UNSUBSCRIBED, provider_id="p1")
    assert reports.receive(report, at=timezone.now())
    Subscriber.objects.update(unsubscribed_at=None)
    assert not reports.receive(report, at=timezone.now())
    assert Subscriber.objects.active().exists()


def test_a_report_that_came_too_early_to_count_may_come_again(row):
    Delivery.objects.update(state=DeliveryState.QUEUED)
    report = Report(row.pk, Event.BOUNCED, "550 5.1.1 No such user", "p1", Verdict.ADDRESS_DEAD)
    assert not reports.receive(report, at=timezone.now())
    Delivery.objects.update(state=DeliveryState.SENT)
    assert reports.receive(report, at=timezone.now())


def test_a_mail_providers_call_posted_again_does_nothing(client, settings, row):
    settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
    settings.ANYMAIL = {"POSTMARK_SERVER_TOKEN": "t", "WEBHOOK_SECRET": "user:pass"}
    event = {
        "RecordType": "Bounce",
        "Type": "HardBounce",
        "Details": "smtp;550 5.1.1 No such user",
        "MessageID": "p1",
        "Email": "reader@example.test",
        "Metadata": {"delivery": str(row.pk)},
    }
    headers = {"authorization": "Basic " + b64encode(b"user:pass").decode()}

    def call():
        return client.post("/receipts/mail/", json.dumps(event), content_type="application/json", headers=headers)

    assert call().status_code == 200
    Suppression.objects.all().delete()
    Delivery.objects.update(state=DeliveryState.SENT)
    assert call().status_code == 200
    assert not Suppression.objects.exists()


def test_what_is_old_enough_is_forgotten():
    now = timezone.now()
    SeenReport.objects.remember("new", at=now)
    SeenReport.objects.remember("old", at=now - REMEMBERED_FOR - timedelta(days=1))
    retention.roll_up(now)
    assert SeenReport.objects.is_known("new")
    assert not SeenReport.objects.is_known("old")
