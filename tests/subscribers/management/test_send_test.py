import pytest
from django.core.management import CommandError, call_command

from subscribers.channels.sample import sample
from subscribers.enums import Channel
from subscribers.models import Delivery

pytestmark = pytest.mark.django_db
READER, NUMBER = "me@example.com", "+4915112345678"


def test_a_mail_goes_through_the_relay_and_each_step_is_said(smtp_sink, settings, capsys):
    settings.EMAIL_URL = f"smtp://us:secret@127.0.0.1:{smtp_sink.port}"
    call_command("send_test", "email", "Me <me@example.com>")
    said = capsys.readouterr().out
    assert f"1. E-mail to {READER}.\n2. The way: EMAIL_URL, smtp://127.0.0.1:{smtp_sink.port}.\n" in said
    assert "3. It was handed over.\n4. It was taken" in said
    assert "secret" not in said
    (mail,) = smtp_sink.journal.entries()
    assert (mail["to"], mail["subject"][:5]) == (READER, "Test:")
    assert "This is a test of http://status.example.test. Nothing happened" in sample(Channel.EMAIL, READER).text
    assert not Delivery.objects.exists()


def test_an_sms_goes_through_the_gateway(sms_sink, capsys):
    call_command("send_test", "sms", "+49 151 12345678")
    assert f"It was taken and calls it id{NUMBER}" in capsys.readouterr().out
    (sms,) = sms_sink.journal.entries()
    assert "This is a test" in sms["id"]


def test_a_refusal_is_said_in_the_relays_own_words(smtp_sink):
    smtp_sink.on_rcpt.told[READER] = ["550 5.1.1 No such user here"]
    with pytest.raises(CommandError, match=r"refused for good \(address dead\): .*No such user here"):
        call_command("send_test", "email", READER)


def test_a_relay_that_is_away_is_named(settings):
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with pytest.raises(CommandError, match=r"is not taken at all: .*127\.0\.0\.1"):
        call_command("send_test", "email", READER)


def test_an_address_that_is_none_is_said_in_words():
    with pytest.raises(CommandError, match="@"):
        call_command("send_test", "email", "me.example.com")
