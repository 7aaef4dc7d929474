"""`receipts`: what to enter at the providers."""

from io import StringIO

from django.core.management import call_command

from subscribers.channels.sms import callbacks


def printed() -> str:
    out = StringIO()
    call_command("receipts", stdout=out)
    return out.getvalue()


def test_without_providers_it_says_what_is_missing(settings):
    settings.EMAIL_BACKEND = "subscribers.channels.outbox.files.EmailBackend"
    text = printed()
    assert "EMAIL_URL names no provider" in text
    assert "SMS_URL names no gateway" in text
    assert "BOUNCE_ADDRESS is not set" in text


def test_with_providers_it_prints_addresses_that_they_can_call(settings):
    settings.SITE_URL = "https://status.example.test"
    settings.EMAIL_BACKEND, settings.ANYMAIL = "anymail.backends.postmark.EmailBackend", {"WEBHOOK_SECRET": "u:p"}
    settings.SMS_URL = "https://gateway.example.test/send"
    settings.BOUNCE_ADDRESS = "bounces@status.example.test"
    text = printed()
    assert "https://u:p@status.example.test/receipts/mail/" in text
    assert f"https://status.example.test/receipts/sms/incoming/?key={callbacks.incoming_key()}" in text
    assert "bounces@status.example.test" in text


def test_twilio_signs_and_needs_no_key(settings):
    settings.SMS_URL = "twilio://AC1:secret@api.twilio.com/?from=MG1"
    assert "/receipts/sms/incoming/\n" in printed()
