"""Mail that came back: the signed sender, and what a bounce says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.channels.email import dsn, verp
from subscribers.channels.reports import Event
from subscribers.channels.verdicts import Verdict
from tests.bounces import a_bounce


@pytest.fixture(autouse=True)
def _bounces_come_here(settings):
    settings.BOUNCE_ADDRESS = "Bounces@status.example.test"


@pytest.mark.parametrize("number", [0, 1, 35, 36, 123_456_789, 2**63 - 1])
def test_the_envelope_says_whose_it_is_and_nothing_else_is_believed(number):
    sender = verp.envelope_sender(number).decode()
    assert sender.startswith("bounces+")
    assert len(sender.rpartition("@")[0]) <= 64  # RFC 5321: the longest local part
    assert verp.read(sender) == verp.read(f"<{sender.upper()}>") == number
    local, at, host = sender.partition("@")
    flipped = local[:-1] + ("1" if local.endswith("0") else "0")
    for wrong in (f"{flipped}{at}{host}", f"x{sender}", f"{sender}x", f"bounces@{host}", f"{local}@other.test", ""):
        assert verp.read(wrong) is None


def test_one_delivery_has_not_the_signature_of_another():
    mine, other = (verp.envelope_sender(number).decode() for number in (7, 8))
    assert verp.read(mine.replace("+7-", "+8-")) is None
    assert mine.partition("-")[2] != other.partition("-")[2]


def test_without_an_address_for_bounces_the_sender_stays_and_nothing_is_read(settings):
    sender = verp.envelope_sender(7).decode()
    settings.BOUNCE_ADDRESS = ""
    assert verp.envelope_sender(7) is None
    assert verp.read(sender) is None


@pytest.mark.parametrize(
    ("status", "diagnostic", "action", "event", "suppress"),
    [
        ("5.1.1", "smtp; 550 5.1.1 <x@example.test>: No such user", "failed", Event.BOUNCED, True),
        ("5.0.0", "smtp; 550 No such user here", "failed", Event.BOUNCED, True),
        ("5.1.1", "", "failed", Event.BOUNCED, True),
        ("5.2.2", "smtp; 552 5.2.2 Mailbox full", "failed", Event.BOUNCED, False),
        ("5.7.1", "smtp; 550 5.7.1 Blocked by policy", "failed", Event.BOUNCED, False),
        ("5.0.0", "smtp; 550 Blocked, see our policy", "failed", Event.BOUNCED, False),
        ("4.4.1", "smtp; connect to mx: timed out", "delayed", Event.DELAYED, False),
        ("4.4.7", "smtp; 451 4.7.1 Try again later", "failed", Event.BOUNCED, False),
        ("2.0.0", "", "delivered", Event.DELIVERED, False),
    ],
)
def test_a_delivery_report_is_read_as_the_relay_would_have_said_it(status, diagnostic, action, event, suppress):
    report = dsn.read(a_bounce(7, status=status, diagnostic=diagnostic, action=action))
    assert (report.delivery_id, report.event, report.suppress) == (7, event, suppress)
    assert not report.reason.startswith("smtp;")
    upper = dsn.read(a_bounce(7, status=status, diagnostic=diagnostic.replace("smtp;", "SMTP;"), action=action))
    assert upper == report


def test_the_mail_server_may_name_the_recipient_beside_the_mail():
    mail = a_bounce(7).replace(verp.envelope_sender(7), b"somebody@example.test")
    assert dsn.read(mail) is None
    assert dsn.read(mail, [verp.envelope_sender(7).decode()]).delivery_id == 7


@pytest.mark.parametrize(
    ("text", "event"),
    [
        ("Hi. This is the program at mx. <x@y>: 550 5.1.1 no mailbox by that name", Event.BOUNCED),
        ("Still trying: 451 4.4.1 (host 10.5.1.1 is down)", Event.DELAYED),
        ("An enhanced code alone is 5.1.1", None),
        ("They do not agree: 550 4.4.1", None),
        ("> 550 5.1.1 is what they quote", None),
        ("Hi.\r\n--- Below this line is a copy of the message.\r\n\r\n550 5.1.1 was what you wrote", None),
        ("We moved to 5.1.1.1, please update. Version 2.0.1 is out.", None),
        ("I bought 550 of them.", None),
        ("", None),
    ],
)
def test_of_a_mail_server_that_knows_no_reports_only_codes_are_believed(text, event):
    report = dsn.read(a_text(text))
    assert (report and report.event) == event


@pytest.mark.parametrize("sender", [b"From: reader@example.test", b"From: Robot <support@example.test>", b"X: y"])
def test_what_people_and_their_programs_write_is_no_bounce(sender):
    text = "You wrote that it says 550 5.1.1 No such user"
    assert dsn.read(a_text(text)).suppress
    assert dsn.read(b"Return-Path: <>\r\n" + a_text(text)).suppress
    assert dsn.read(b"Return-Path: <reader@example.test>\r\n" + a_text(text)) is None
    assert dsn.read(a_text(text, sender=sender)) is None


def test_the_words_count_where_a_report_says_only_the_class():
    unreachable = a_bounce(7, status="5.0.0", diagnostic="")
    assert not dsn.read(unreachable).suppress
    told = unreachable.replace(b"I'm sorry", b"x@example.test: 550 No such user here\r\nI'm sorry")
    assert dsn.read(told).suppress
    assert dsn.read(told).reason == "550 No such user here"
    assert not dsn.read(told.replace(b"x@example.test: 550", b"> 550")).suppress


def test_exims_word_for_a_host_that_it_cannot_reach_is_no_word_on_the_address():
    """Exim 4.96: no diagnostic code, 5.0.0, and this below the address."""
    said = b"  reader@example.test\r\n    retry timeout exceeded"
    words = b"I'm sorry to have to inform you that your message could not be delivered."
    bounce = a_bounce(7, status="5.0.0", diagnostic="").replace(words, said)
    report = dsn.read(bounce)
    assert (report.event, report.verdict) == (Event.BOUNCED, Verdict.ADDRESS_UNWELL)
    assert report.reason == "retry timeout exceeded"


def test_a_report_in_other_letters_is_read_as_well():
    mail = a_bounce(7, diagnostic="smtp; RCPT 550 5.1.1 Utilisateur inconnu : bo\u00eete ferm\u00e9e", status="5.0.0")
    mail = mail.replace(b"message/delivery-status", b"message/global-delivery-status").replace(b"rfc822;", b"utf-8;")
    report = dsn.read(mail)
    assert (report.event, report.suppress) == (Event.BOUNCED, True)
    assert report.reason == "RCPT 550 5.1.1 Utilisateur inconnu : bo\u00eete ferm\u00e9e"
    assert dsn.read(mail.decode().encode("latin-1")).reason == report.reason


def test_an_expired_mail_came_back_whatever_the_action_says():
    mail = a_bounce(7, status="4.4.7", diagnostic="", action="delayed")
    assert dsn.read(mail).event is Event.BOUNCED
    assert not dsn.read(mail).suppress
    until = b"Will-Retry-Until: Tue, 1 Dec 2026 02:00:00 +0000\r\nStatus: 4.4.7"
    assert dsn.read(mail.replace(b"Status: 4.4.7", until)).event is Event.DELAYED


def test_a_reason_can_always_be_stored():
    report = dsn.read(a_bounce(7, diagnostic="smtp; 550 5.1.1 No \0such user " + "x" * 5_000))
    assert report.suppress
    assert "\0" not in report.reason
    assert len(report.reason) <= 1_000


def a_text(text: str, sender=b"From: MAILER-DAEMON@mx.example.test") -> bytes:
    """A mail without a report to the address that our envelope named."""
    return b"%s\r\nTo: %s\r\nSubject: failure notice\r\n\r\n%s" % (sender, verp.envelope_sender(7), text.encode())


def test_an_automatic_answer_is_no_bounce():
    mail = a_text("I am away. 550 5.1.1")
    assert dsn.read(mail).suppress
    assert dsn.read(b"Auto-Submitted: auto-replied\r\n" + mail) is None


@given(st.binary(max_size=400))
def test_junk_is_never_a_fault(data):
    mail = b"To: %s\r\nContent-Type: multipart/report; boundary=b\r\n\r\n" % (verp.envelope_sender(7) or b"x@y")
    dsn.read(data)
    dsn.read(mail + b"--b\r\nContent-Type: message/delivery-status\r\n\r\n" + data)


@pytest.mark.parametrize(
    "header", [b"Content-Type: text/plain; charset=nonsense", b"Content-Transfer-Encoding: base64"]
)
def test_a_broken_bounce_is_no_fault(header):
    dsn.read(b"To: %s\r\n%s\r\n\r\n\xff\xfe5.1.1" % (verp.envelope_sender(7), header))
