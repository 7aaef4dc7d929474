"""The receipt doors: who calls comes first, then how much, then what; no parser's fault is ours."""

import hmac
from base64 import b64encode

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.test import Client

from subscribers.channels.sms import callbacks
from subscribers.receipts import reading

pytestmark = pytest.mark.django_db
FORM, JSON, PARTS = "application/x-www-form-urlencoded", "application/json", "multipart/form-data; boundary=b"
SECRET = {"authorization": "Basic " + b64encode(b"user:pass").decode()}
MAIL_PROVIDERS = ("postmark", "mailgun", "sparkpost", "brevo", "resend")
# Made here and not kept as files: each makes some parser give up.
BODIES = {
    "nested lists": (JSON, lambda: b"[" * 50_000 + b"]" * 50_000),
    "nested objects": (JSON, lambda: b'{"a":' * 15_000 + b"1" + b"}" * 15_000),
    "nested as far as it is read": (JSON, lambda: b'{"text":' + b"[" * 900 + b"]" * 900 + b"}"),
    "a long number": (JSON, lambda: b'{"from":' + b"9" * 20_000 + b"}"),
    "a large number": (JSON, lambda: b'{"ts": 1e400, "timestamp": 1e400, "event": "bounce"}'),
    "not UTF-8": (JSON, lambda: b'{"text": "\xff\xfe"}'),
    "half a pair": (JSON, lambda: b'{"text": "\\ud800", "from": "\\udfff"}'),
    "NUL": (JSON, lambda: b'{"text": "STOP\\u0000", "from": "\\u0000"}'),
    "no JSON": (JSON, lambda: b"{"),
    "nothing": (JSON, lambda: b""),
    "a list": (JSON, lambda: b"[[[]], 1, null]"),
    "parts without an end": (PARTS, lambda: b"--b\r\nContent-Disposition: form-data; name=a\r\n\r\n"),
    "parts without a boundary": ("multipart/form-data", lambda: b"--b\r\n"),
    "parts of a wrong coding": (
        PARTS,
        lambda: b"--b\r\nContent-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64\r\n\r\n!\r\n--b--",
    ),
    "an unknown charset": ("application/x-www-form-urlencoded; charset=klingon", lambda: b"from=1"),
    "another charset": ("application/x-www-form-urlencoded; charset=utf-16", lambda: b"from=1"),
    "many fields": (FORM, lambda: b"&".join(b"f%d=1" % number for number in range(2_000))),
    "odd escapes": (FORM, lambda: b"from=%&text=%zz%00%ff"),
}


def doors(settings) -> list[tuple[str, dict]]:
    """Each door with all that proves who calls."""
    settings.SMS_URL = "https://gateway.example.test/send"
    settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
    settings.ANYMAIL = {"WEBHOOK_SECRET": "user:pass"}
    return [
        ("/receipts/mail/", SECRET),
        (f"/receipts/sms/incoming/?key={callbacks.incoming_key()}", {}),
        (callbacks.address_of(1).removeprefix(settings.SITE_URL), {}),
    ]


def post(path, body, content_type, headers):
    client = Client(raise_request_exception=False)
    return client.generic("POST", path, body, content_type=content_type, headers=headers).status_code


@pytest.mark.parametrize("name", BODIES)
def test_what_no_parser_takes_is_refused(settings, name):
    content_type, body = BODIES[name]
    for path, headers in doors(settings):
        assert post(path, body(), content_type, headers) in (200, 204, 400), path


@pytest.mark.parametrize("provider", MAIL_PROVIDERS)
@pytest.mark.parametrize("name", BODIES)
def test_it_is_refused_by_the_reader_of_every_mail_provider(settings, provider, name):
    settings.EMAIL_BACKEND = f"anymail.backends.{provider}.EmailBackend"
    keys = {f"{provider.upper()}_{key}": "key" for key in ("API_KEY", "SERVER_TOKEN")}
    settings.ANYMAIL = {"WEBHOOK_SECRET": "user:pass", **keys}
    content_type, body = BODIES[name]
    assert post("/receipts/mail/", body(), content_type, SECRET) in (200, 400)


def test_the_deepest_nesting_is_a_400_and_one_line(settings, caplog):
    path, headers = doors(settings)[1]
    assert post(path, BODIES["nested lists"][1](), JSON, headers) == 400
    (record,) = [record for record in caplog.records if record.name == reading.__name__]
    assert record.exc_info is None
    assert len(record.getMessage()) < 400


def test_too_much_is_a_413(settings):
    for path, headers in doors(settings):
        for content_type in (JSON, FORM, PARTS):
            assert post(path, b"x" * 2_600_000, content_type, headers) == 413, path


@pytest.fixture
def nothing_is_read(monkeypatch):
    """Any look at the body ends the test."""

    def refuse(self, *args):
        raise AssertionError("the body was read")

    monkeypatch.setattr(WSGIRequest, "read", refuse)
    monkeypatch.setattr(WSGIRequest, "body", property(refuse))
    monkeypatch.setattr(WSGIRequest, "_load_post_and_files", refuse)


@pytest.mark.parametrize("content_type", [FORM, JSON, PARTS])
@pytest.mark.parametrize("sms", ["https://gateway.example.test/send", "twilio://AC1:secret@api.twilio.com/?from=1"])
def test_nothing_is_read_of_whoever_has_no_right(settings, nothing_is_read, content_type, sms):
    own = doors(settings)
    settings.SMS_URL = sms
    paths = ["/receipts/mail/", "/receipts/sms/incoming/?key=guess", "/receipts/sms/guess/"]
    if sms.startswith("twilio"):
        paths.append(own[2][0])  # a right address, and no signature
    for path in paths:
        assert post(path, b"x" * 3_000_000, content_type, {}) == 403, path


def test_of_too_much_nothing_is_read(settings, nothing_is_read):
    for path, headers in doors(settings):
        assert post(path, b"x" * 2_600_000, FORM, headers) == 413


def test_a_signature_counts_after_the_length(settings):
    settings.SMS_URL = "twilio://AC1:secret@api.twilio.com/?from=1"
    fields = {"From": "+4915112345678", "Body": "x" * 300_000}
    signed = settings.SITE_URL + "/receipts/sms/incoming/" + "".join(name + fields[name] for name in sorted(fields))
    signature = b64encode(hmac.digest(b"secret", signed.encode(), "sha1")).decode()
    response = Client().post("/receipts/sms/incoming/", fields, headers={"x-twilio-signature": signature})
    assert response.status_code == 413
