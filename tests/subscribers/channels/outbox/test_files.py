import pytest
from django.core.mail import EmailMultiAlternatives, get_connection

from subscribers.channels import Failed, Sent
from subscribers.channels.outbox import files
from tests.factories import a_message
from tests.transports import carry

MAIL = a_message(
    7,
    "reader@example.test",
    "Zahlungen gehen nicht. 障害\n",
    "[Investigating] Störung",
    "<p>Zahlungen gehen nicht.</p>",
    {"From": "Acme <status@example.test>", "Message-ID": "<a.7@example.test>"},
)


@pytest.fixture(autouse=True)
def _outbox(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    settings.EMAIL_BACKEND = "subscribers.channels.outbox.files.EmailBackend"
    settings.EMAIL_URL = settings.SMS_URL = "outbox:"


def test_a_mail_is_kept_as_it_would_have_gone_out(tmp_path):
    assert list(carry("email", [MAIL])) == [Sent(7)]
    (name,) = files.names()
    kept = files.read(name)
    assert (kept.to, kept.subject, kept.is_sms) == ("reader@example.test", "[Investigating] Störung", False)
    assert kept.text.strip() == MAIL.text.strip()
    assert kept.html.strip() == MAIL.html
    assert b"Message-ID: <a.7@example.test>" in (tmp_path / "outbox" / name).read_bytes()


def test_an_sms_is_kept():
    (sent,) = carry("sms", [a_message(8, "+491511234567", "Payments fail. 障害")])
    kept = files.read(sent.provider_id)
    assert (kept.to, kept.text, kept.is_sms) == ("+491511234567", "Payments fail. 障害", True)


def test_django_writes_here_too():
    EmailMultiAlternatives("Hello", "Text", "a@example.test", ["b@example.test"], connection=get_connection()).send()
    assert files.read(files.names()[0]).subject == "Hello"


def test_the_newest_comes_first():
    for number in (1, 2):
        list(carry("sms", [a_message(number, f"+49151123456{number}", "a")]))
    assert [files.read(name).to for name in files.names()] == ["+491511234562", "+491511234561"]


def test_a_full_disk_is_temporary(tmp_path):
    (tmp_path / "outbox").write_text("not a directory")
    for channel, message in (("email", MAIL), ("sms", a_message(7, "+491511234567", "a"))):
        (failed,) = carry(channel, [message])
        assert isinstance(failed, Failed)
        assert not failed.permanent


@pytest.mark.parametrize("name", ["../secret-key", "x.eml", "1234567890123456789-abcdef01.txt", ""])
def test_only_our_own_files_are_read(tmp_path, name):
    (tmp_path / "secret-key").write_text("secret")
    with pytest.raises(FileNotFoundError):
        files.read(name)
