"""/receipts/sms/: what a gateway reports, and what people write to our number."""

import hmac
import json
from base64 import b64encode

import pytest
from django.utils import timezone

from statuspage.lib import tokens
from subscribers.channels.sms import callbacks
from subscribers.delivery import drain, fanout
from subscribers.enums import DeliveryState
from subscribers.models import Delivery, InboundSms, IncomingMessage, Subscriber, Suppression
from tests.factories import a_component, a_subscriber, an_open_incident

pytestmark = pytest.mark.django_db
SITE = "https://status.example.test"
NUMBER = "+4915112345678"
TWILIO = "twilio://AC1:secret@api.twilio.com/?from=%2B15551234567"
INCOMING = "/receipts/sms/incoming/"


@pytest.fixture(autouse=True)
def _over_https(settings):
    settings.SITE_URL = SITE


@pytest.fixture
def twilio(settings):
    settings.SMS_URL = TWILIO


@pytest.fixture
def plain(settings):
    settings.SMS_URL = "https://gateway.example.test/send?callback_field=callback"


@pytest.fixture
def row() -> Delivery:
    return Delivery.objects.create(
        announcement=an_open_incident(a_component()).announcement,
        subscriber=a_subscriber(NUMBER, channel="sms"),
        channel="sms",
        state=DeliveryState.SENT,
        attempts=1,
        sent_at=timezone.now(),
    )


def path_of(row) -> str:
    return callbacks.address_of(row.pk).removeprefix(SITE)


def signature(path: str, fields: dict, token="secret") -> str:
    text = SITE + path + "".join(name + fields[name] for name in sorted(fields))
    return b64encode(hmac.digest(token.encode(), text.encode(), "sha1")).decode()


def from_twilio(client, path, fields, token="secret"):
    return client.post(path, fields, headers={"x-twilio-signature": signature(path, fields, token)})


def state_of(row) -> str:
    row.refresh_from_db()
    return row.state


# --- What became of a message ---------------------------------------------------------------------------------


def test_the_signature_is_the_one_that_twilio_documents(twilio, settings):
    """The worked example of https://www.twilio.com/docs/usage/security"""
    from subscribers.channels.sms.urls import gateway_of

    gateway = gateway_of("twilio://AC1:12345@api.twilio.com/?from=MG1")
    fields = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+12349013030",
        "Digits": "1234",
        "From": "+12349013030",
        "To": "+18005551212",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert gateway.is_genuine(url, fields, "0/KCTR6DLpKmkAf8muzZqo1nDgQ=")
    assert not gateway.is_genuine(url + "x", fields, "0/KCTR6DLpKmkAf8muzZqo1nDgQ=")


@pytest.mark.parametrize(
    ("status", "code", "state", "suppressed"),
    [
        ("delivered", "", "delivered", False),
        ("sent", "", "sent", False),
        ("undelivered", "30003", "bounced", False),
        ("undelivered", "30005", "bounced", True),
        ("failed", "30006", "failed", True),
        ("failed", "30002", "failed", False),
        ("undelivered", "30007", "bounced", False),
        ("failed", "99999", "failed", False),
        ("undelivered", "\u0663", "bounced", False),
    ],
)
def test_twilio_reports_what_became_of_a_message(client, twilio, row, status, code, state, suppressed):
    fields = {"MessageSid": "SM1", "MessageStatus": status} | ({"ErrorCode": code} if code else {})
    assert from_twilio(client, path_of(row), fields).status_code == 204
    assert state_of(row) == state
    assert Suppression.objects.exists() == suppressed
    assert (code in row.reason) or state in ("sent", "delivered")


def test_a_report_that_is_not_signed_is_not_believed(client, twilio, row):
    fields = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    path = path_of(row)
    assert client.post(path, fields).status_code == 403
    assert from_twilio(client, path, fields, token="guess").status_code == 403
    tampered = {"x-twilio-signature": signature(path, fields)}
    assert client.post(path, fields | {"MessageStatus": "failed"}, headers=tampered).status_code == 403
    assert state_of(row) == "sent"


def test_a_signed_report_counts_for_the_delivery_of_its_address_alone(client, twilio, row):
    path = f"/receipts/sms/{tokens.make('subscription', row.pk)}/"
    assert from_twilio(client, path, {"MessageStatus": "failed"}).status_code == 403
    assert state_of(row) == "sent"


@pytest.mark.parametrize("as_json", [True, False])
def test_a_plain_gateway_reports_to_the_address_that_it_was_given(client, plain, row, as_json):
    fields = {"status": "undelivered", "error": "absent subscriber"}
    body = json.dumps(fields) if as_json else fields
    kind = {"content_type": "application/json"} if as_json else {}
    assert client.post(path_of(row), body, **kind).status_code == 204
    assert state_of(row) == "bounced"
    assert "absent subscriber" in row.reason


@pytest.mark.parametrize(
    ("body", "status"),
    [("", 204), ("{", 400), ("[]", 204), ("null", 204), ('{"status": {"a": 1}}', 204), ('{"status": null}', 204)],
)
def test_what_no_gateway_would_post_changes_nothing(client, plain, row, body, status):
    assert client.post(path_of(row), body, content_type="application/json").status_code == status
    assert state_of(row) == "sent"


@pytest.mark.parametrize("token", ["x", "incoming!", "\u00fc", "A" * 500])
def test_a_guessed_address_is_refused(client, plain, token):
    assert client.post(f"/receipts/sms/{token}/", {"status": "delivered"}).status_code == 403


@pytest.mark.parametrize("url", ["outbox:", "nonsense"])
def test_without_a_gateway_there_is_no_such_page(client, settings, row, url):
    settings.SMS_URL = url
    assert client.post(path_of(row), {"status": "delivered"}).status_code == 404
    assert client.post(INCOMING, {"from": NUMBER, "text": "STOP"}).status_code == 404


@pytest.mark.parametrize(
    ("site", "is_told"),
    [("https://status.example.test", True), ("http://127.0.0.1:8000", True), ("http://status.example.test", False)],
)
def test_a_gateway_is_told_where_to_report_if_it_can_get_there(sms_sink, settings, site, is_told):
    settings.SITE_URL = site
    settings.SMS_URL = sms_sink.url + "&callback_field=callback"
    a_subscriber(NUMBER, channel="sms")
    fanout.expand(an_open_incident(a_component()).announcement)
    drain.drain("sms")
    ((_, _, fields),) = sms_sink.requests
    expected = {"callback": callbacks.address_of(Delivery.objects.get().pk)} if is_told else {}
    assert {name: value for name, value in fields.items() if name == "callback"} == expected


def test_twilio_is_told_where_to_report(sms_sink, settings):
    settings.SMS_URL = f"twilio+http://AC1:secret@127.0.0.1:{sms_sink.port}/?from=%2B15551234567"
    a_subscriber(NUMBER, channel="sms")
    fanout.expand(an_open_incident(a_component()).announcement)
    drain.drain("sms")
    assert sms_sink.requests[0][2]["StatusCallback"] == callbacks.address_of(Delivery.objects.get().pk)


# --- What people write ----------------------------------------------------------------------------------------


def test_stop_start_and_help_by_twilio(client, twilio):
    a_subscriber(NUMBER, channel="sms")
    answer = from_twilio(client, INCOMING, {"From": NUMBER, "Body": "Stop", "MessageSid": "SM1"})
    assert answer["Content-Type"] == "text/xml"
    assert b"<Response><Message>" in answer.content
    assert not Subscriber.objects.active().exists()
    from_twilio(client, INCOMING, {"From": NUMBER, "Body": "START"})
    assert Subscriber.objects.active().reachable().exists()
    assert b"STOP" in from_twilio(client, INCOMING, {"From": NUMBER, "Body": "HELP"}).content


def test_what_twilio_answered_itself_is_heeded_and_not_answered_again(client, twilio):
    a_subscriber(NUMBER, channel="sms")
    answer = from_twilio(client, INCOMING, {"From": NUMBER, "Body": "STOP", "OptOutType": "STOP"})
    assert b"<Message>" not in answer.content
    assert not Subscriber.objects.active().exists()


def test_nobody_else_says_stop_for_them(client, twilio, settings):
    a_subscriber(NUMBER, channel="sms")
    assert client.post(INCOMING, {"From": NUMBER, "Body": "STOP"}).status_code == 403
    assert from_twilio(client, INCOMING, {"From": NUMBER, "Body": "STOP"}, token="guess").status_code == 403
    settings.SMS_URL = "https://gateway.example.test/send"
    for address in (INCOMING, f"{INCOMING}?key=x", f"{INCOMING}?key={tokens.make('sms report', 1)}"):
        assert client.post(address, {"from": NUMBER, "text": "STOP"}).status_code == 403
    assert Subscriber.objects.active().exists()


def test_a_plain_gateway_shows_its_key_and_gets_json(client, plain):
    a_subscriber(NUMBER, channel="sms")
    address = f"{INCOMING}?key={callbacks.incoming_key()}"
    body = json.dumps({"from": "0049 151 12345678", "text": "stop"})
    answer = client.post(address, body, content_type="application/json").json()
    assert "no more" in answer["reply"]
    assert not Subscriber.objects.active().exists()


@pytest.mark.parametrize("sender", ["", "Acme", "12345", "+49", "\0", "+4915112345678, +1"])
def test_a_sender_that_nobody_can_answer_is_passed_over(client, plain, sender):
    answer = client.post(f"{INCOMING}?key={callbacks.incoming_key()}", {"from": sender, "text": "STOP"})
    assert (answer.status_code, answer.json()) == (200, {})
    assert not InboundSms.objects.exists()


KEYED = {"id": "m1", "from": NUMBER, "text": "When is it over?"}


def post_plain(client, fields):
    return client.post(f"{INCOMING}?key={callbacks.incoming_key()}", fields)


def test_an_sms_that_says_no_word_of_ours_is_kept_once_by_its_name(client, plain):
    for _ in range(3):
        assert post_plain(client, KEYED).status_code == 200
    kept = IncomingMessage.objects.get()
    assert (kept.address, kept.text, kept.provider_id) == (NUMBER, "When is it over?", "m1")


def test_twilio_names_its_messages_too(client, twilio):
    fields = {"From": NUMBER, "Body": "When is it over?", "MessageSid": "SM1"}
    for _ in range(2):
        assert from_twilio(client, INCOMING, fields).status_code == 200
    assert IncomingMessage.objects.get().provider_id == "SM1"


@pytest.mark.parametrize("sender", ["Acme", "12345", "0151 12345678", "+4915112345678, +1"])
def test_an_sms_whose_sender_cannot_be_read_is_kept_with_what_it_says(client, plain, sender):
    assert post_plain(client, {"from": sender, "text": "STOP", "id": "m1"}).json() == {}
    kept = IncomingMessage.objects.get()
    assert (kept.address, kept.text) == (sender, "STOP")


def test_what_holds_nothing_is_not_kept(client, plain):
    post_plain(client, {"from": " ", "text": " "})
    client.post(f"{INCOMING}?key={callbacks.incoming_key()}", "[]", content_type="application/json")
    assert not IncomingMessage.objects.exists()


def test_nobody_fills_the_table_without_the_secret(client, plain, settings):
    assert client.post(INCOMING, KEYED).status_code == 403
    assert client.post(f"{INCOMING}?key=guess", KEYED).status_code == 403
    settings.SMS_URL = TWILIO
    assert from_twilio(client, INCOMING, {"From": NUMBER, "Body": "x"}, token="guess").status_code == 403
    assert not IncomingMessage.objects.exists()


def test_a_hostile_text_is_answered_as_text(client, twilio):
    fields = {"From": NUMBER, "Body": "</Message><Message>\U0001f4a3" * 50}
    answer = from_twilio(client, INCOMING, fields)
    assert answer.content.count(b"<Message>") == 1


SPELLINGS = [
    *("4915112345678", " 4915112345678", "004915112345678", "+49 151 12345678", "49 (151) 123-45678"),
    *("tel:+4915112345678", "whatsapp:+4915112345678", "SMS:4915112345678"),
]


@pytest.mark.parametrize("sender", SPELLINGS)
@pytest.mark.parametrize("as_json", [True, False])
def test_s28_a_stop_is_heard_from_every_form_of_a_number(client, plain, sender, as_json):
    a_subscriber(NUMBER, channel="sms")
    fields = {"from": sender, "text": "STOP"}
    body, kind = (json.dumps(fields), {"content_type": "application/json"}) if as_json else (fields, {})
    answer = client.post(f"{INCOMING}?key={callbacks.incoming_key()}", body, **kind)
    assert "no more" in answer.json()["reply"]
    assert not Subscriber.objects.active().exists()


def test_s28_a_plus_that_a_form_did_not_escape_is_understood(client, plain):
    a_subscriber(NUMBER, channel="sms")
    body = f"from={NUMBER}&text=Stop"
    address = f"{INCOMING}?key={callbacks.incoming_key()}"
    client.post(address, body, content_type="application/x-www-form-urlencoded")
    assert not Subscriber.objects.active().exists()


def test_s28_an_sms_whose_sender_cannot_be_read_is_logged_without_the_number(client, plain, caplog):
    client.post(f"{INCOMING}?key={callbacks.incoming_key()}", {"from": "0151 12345678\n", "text": "STOP"})
    assert "9999 99999999" in caplog.text
    assert "12345678" not in caplog.text


ODD = ["\0", "\ud800", "a\0\udfffb", "x" * 100_000, "\u202e" * 50]


@pytest.mark.parametrize("odd", ODD, ids=ascii)
@pytest.mark.parametrize("field", ["from", "text", "status", "error", "OptOutType"])
def test_one_odd_sms_or_report_is_answered_cleanly_and_the_next_is_heard(client, plain, row, odd, field):
    incoming = f"{INCOMING}?key={callbacks.incoming_key()}"
    good = {"from": NUMBER, "text": "hello", "status": "undelivered", "error": "absent"}
    for path in (incoming, path_of(row)):
        body = json.dumps(good | {field: odd})
        assert client.post(path, body, content_type="application/json").status_code in (200, 204)
    assert "no more" in client.post(incoming, {"from": NUMBER, "text": "STOP"}).json()["reply"]


@pytest.mark.parametrize("odd", ODD, ids=ascii)
def test_an_odd_report_is_no_fault_of_a_gateway_that_signs(client, twilio, row, odd):
    body = json.dumps({"MessageStatus": odd})
    assert client.post(path_of(row), body, content_type="application/json").status_code == 403


def test_a_report_nested_without_end_is_no_report(client, plain, row):
    body = "[" * 100_000
    assert client.post(path_of(row), body, content_type="application/json").status_code == 400
    assert state_of(row) == "sent"


# --- Gateways of one's own --------------------------------------------------------------------------------------


def test_kannel_reports_by_get_at_the_address_that_its_message_named(client, settings, row):
    settings.SMS_URL = "kannel://us:pw@kannel.example:13013/?from=Acme"
    answer = client.get(path_of(row) + "?status=2&reply=000&id=1")
    assert (answer.status_code, answer.content) == (200, b"")  # after a 204 it would report again (http-request-retry)
    assert state_of(row) == DeliveryState.BOUNCED


def test_jasmin_reads_that_its_report_was_taken_or_calls_again(client, settings, row):
    settings.SMS_URL = "jasmin://us:pw@jasmin.example:1401/?from=Acme"
    answer = client.post(path_of(row), {"message_status": "DELIVRD", "id": "1", "level": "2"})
    assert (answer.status_code, answer.content, state_of(row)) == (200, b"ACK/Jasmin", DeliveryState.DELIVERED)


def test_kannel_passes_on_what_people_write_by_get_and_sends_what_is_answered(client, settings):
    settings.SMS_URL = "kannel://us:pw@kannel.example:13013/?from=%2B15551234567"
    subscriber = a_subscriber(NUMBER, channel="sms")
    told = {"key": callbacks.incoming_key(), "from": NUMBER, "text": "STOP"}
    answer = client.get(INCOMING, told)
    assert Suppression.objects.filter(address=subscriber.address).exists()
    assert b"You get no more status updates" in answer.content
    assert client.get(INCOMING, told | {"key": "guessed"}).status_code == 403


def test_jasmin_hears_that_an_sms_was_taken(client, settings):
    settings.SMS_URL = "jasmin://us:pw@jasmin.example:1401/?from=%2B15551234567"
    told = {"from": NUMBER.removeprefix("+"), "content": "STOP", "coding": "0"}
    answer = client.post(f"{INCOMING}?key={callbacks.incoming_key()}", told)
    assert answer.content == b"ACK/Jasmin"
