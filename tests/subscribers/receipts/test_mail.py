"""/receipts/mail/: the mail providers' webhooks, as they call them."""

import hashlib
import hmac
import json
from base64 import b64encode

import pytest
from django.utils import timezone

from subscribers.enums import DeliveryState
from subscribers.models import Delivery, Subscriber, Suppression
from tests.factories import a_component, a_subscriber, an_open_incident

pytestmark = pytest.mark.django_db
URL = "/receipts/mail/"
SECRET = "Basic " + b64encode(b"user:pass").decode()


@pytest.fixture
def row() -> Delivery:
    return Delivery.objects.create(
        announcement=an_open_incident(a_component()).announcement,
        subscriber=a_subscriber("reader@example.test"),
        channel="email",
        state=DeliveryState.SENT,
        attempts=1,
        sent_at=timezone.now(),
    )


@pytest.fixture
def postmark(settings):
    settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
    settings.ANYMAIL = {"POSTMARK_SERVER_TOKEN": "t", "WEBHOOK_SECRET": "user:pass"}


@pytest.fixture
def mailgun(settings):
    settings.EMAIL_BACKEND = "anymail.backends.mailgun.EmailBackend"
    settings.ANYMAIL = {"MAILGUN_API_KEY": "key", "WEBHOOK_SECRET": "user:pass"}


def post(client, event: dict, authorization=SECRET):
    return client.post(
        URL, json.dumps(event), content_type="application/json", headers={"authorization": authorization}
    )


def an_event(row, record="Bounce", **values) -> dict:
    return {"RecordType": record, "Email": row.subscriber.address, "Metadata": {"delivery": str(row.pk)}, **values}


def state_of(row) -> str:
    row.refresh_from_db()
    return row.state


def test_a_delivery_and_a_bounce_reach_their_row(client, postmark, row):
    assert post(client, an_event(row, "Delivery", DeliveredAt="2026-11-21T12:00:00Z")).status_code == 200
    assert state_of(row) == "delivered"
    bounce = an_event(row, Type="HardBounce", Details="smtp;550 5.1.1 No such user", ID=1)
    assert post(client, bounce).status_code == 200
    assert state_of(row) == "bounced"
    assert Suppression.objects.get().address == "reader@example.test"
    assert post(client, an_event(row, "Delivery")).status_code == 200
    assert state_of(row) == "bounced"


def test_a_full_mailbox_is_no_reason_to_suppress(client, postmark, row):
    post(client, an_event(row, Type="SoftBounce", Details="smtp;552 5.2.2 Mailbox full"))
    assert state_of(row) == "bounced"
    assert not Suppression.objects.exists()


@pytest.mark.parametrize(
    "words", ["550 SPF check failed", "550 5.7.1 policy", "550 5.1.1 sender verify failed", "550 Mailbox unavailable"]
)
def test_a_hard_bounce_that_speaks_of_us_is_no_reason_to_suppress(client, postmark, row, words):
    post(client, an_event(row, Type="HardBounce", Details=f"smtp;{words}"))
    assert state_of(row) == "bounced"
    assert not Suppression.objects.exists()


def test_what_is_put_off_stays_sent(client, postmark, row):
    post(client, an_event(row, Type="Transient", Description="Try later"))
    assert state_of(row) == "sent"
    assert "Try later" in row.reason


def test_a_complaint_suppresses(client, postmark, row):
    post(client, an_event(row, "SpamComplaint", Type="SpamComplaint"))
    assert Suppression.objects.get().cause == "complained"


def test_the_providers_unsubscribe_link_counts(client, postmark, row):
    post(client, an_event(row, "SubscriptionChange", SuppressSending=True, SuppressionReason="ManualSuppression"))
    assert not Subscriber.objects.active().exists()


@pytest.mark.parametrize("metadata", [{}, {"delivery": "x"}, {"delivery": "999999999"}, {"delivery": "9" * 40}])
def test_what_we_do_not_know_is_taken_and_changes_nothing(client, postmark, row, metadata):
    event = an_event(row, Type="HardBounce") | {"Metadata": metadata}
    assert post(client, event).status_code == 200
    assert state_of(row) == "sent"
    assert not Suppression.objects.exists()


@pytest.mark.parametrize("authorization", ["", "Basic eDp5", "Bearer user:pass", "Basic \u00ff"])
def test_without_the_secret_nothing_is_believed(client, postmark, row, authorization):
    assert post(client, an_event(row, Type="HardBounce"), authorization).status_code == 403
    assert state_of(row) == "sent"


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{}", b"\xff", b'{"RecordType": 7, "Metadata": [1]}'])
def test_what_no_provider_would_post_is_no_500(client, postmark, body):
    response = client.post(URL, body, content_type="application/json", headers={"authorization": SECRET})
    assert response.status_code in (200, 400)


def signed(event_data: dict, key=b"key") -> dict:
    token, timestamp = "token", "1790000000"
    signature = hmac.new(key, f"{timestamp}{token}".encode(), hashlib.sha256).hexdigest()
    return {"signature": {"token": token, "timestamp": timestamp, "signature": signature}, "event-data": event_data}


@pytest.mark.parametrize(("key", "status", "state"), [(b"key", 200, "bounced"), (b"other", 400, "sent")])
def test_where_the_provider_signs_the_signature_counts_as_well(client, mailgun, row, key, status, state):
    failed = {
        "event": "failed",
        "severity": "permanent",
        "reason": "bounce",
        "timestamp": 1790000000.0,
        "recipient": row.subscriber.address,
        "message": {"headers": {"message-id": "x@y"}},
        "delivery-status": {"code": 550, "message": "5.1.1 No such user", "description": ""},
        "user-variables": {"delivery": str(row.pk)},
    }
    assert post(client, signed(failed, key)).status_code == status
    assert state_of(row) == state
    assert Suppression.objects.exists() == (state == "bounced")


@pytest.mark.parametrize("anymail", [{"POSTMARK_SERVER_TOKEN": "t"}, {"WEBHOOK_SECRET": ""}])
def test_without_a_secret_of_ours_there_is_no_such_page(client, settings, row, anymail):
    settings.EMAIL_BACKEND, settings.ANYMAIL = "anymail.backends.postmark.EmailBackend", anymail
    assert post(client, an_event(row, Type="HardBounce")).status_code == 404


def test_without_a_provider_there_is_no_such_page(client, row):
    assert post(client, an_event(row, Type="HardBounce")).status_code == 404


def test_a_flood_of_signed_reports_cannot_silence_the_list(client, postmark, settings):
    """S26: whoever got hold of the secret."""
    settings.SUPPRESSIONS_PER_HOUR = 4
    announcement = an_open_incident(a_component()).announcement
    values = {"announcement": announcement, "channel": "email", "state": DeliveryState.SENT, "attempts": 1}
    rows = [Delivery.objects.create(subscriber=a_subscriber(), **values) for _ in range(30)]
    for row in rows[:12]:
        assert post(client, an_event(row, Type="HardBounce")).status_code == 200
    assert Subscriber.objects.reachable().count() == 30 - 4
    for row in rows[12:]:
        assert post(client, an_event(row, Type="HardBounce")).status_code == 200
    assert Subscriber.objects.reachable().count() == 30, "nearly all: they are held for a person"


@pytest.mark.parametrize(("number", "said"), [("9" * 5_000, "550"), ("1", "\0\ud800")], ids=["id", "words"])
def test_one_odd_report_does_not_stop_the_others_that_came_with_it(client, settings, row, number, said):
    settings.EMAIL_BACKEND = "anymail.backends.mailjet.EmailBackend"
    settings.ANYMAIL = {"MAILJET_API_KEY": "key", "MAILJET_SECRET_KEY": "key", "WEBHOOK_SECRET": "user:pass"}

    def bounce(number: str, said: str) -> dict:
        told = {"event": "bounce", "email": row.subscriber.address, "time": 1_800_000_000, "smtp_reply": said}
        return told | {"Payload": json.dumps({"delivery": number})}

    odd = bounce(number, said)
    assert post(client, [odd, bounce(str(row.pk), "550 5.1.1 No such user"), odd]).status_code == 200
    assert state_of(row) == "bounced"
