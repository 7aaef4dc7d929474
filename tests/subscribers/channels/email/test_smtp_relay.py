"""SMTP, spoken with a relay that answers exactly what each test says."""

import threading
from asyncio import BaseEventLoop
from itertools import count

import pytest
from redis import Redis

from subscribers.channels import Outcome, Sent, Unavailable, transport
from subscribers.channels.email import connections, mime, smtp_relay
from subscribers.channels.message import OutgoingMessage
from tests.factories import a_message
from tests.scripted_smtp import ScriptedSmtp, Talk
from tests.sinks import mail_to

PIPELINING = b"PIPELINING"
GO = b"250 ok\r\n250 ok\r\n354 go\r\n"
_number = count(1_000_000)


@pytest.fixture
def speaking(settings, tmp_path):
    """Start a relay with a script; mail goes to it. Nobody knows of an earlier one at its port."""
    Redis.from_url(settings.REDIS_URL).flushdb()
    settings.DATA_DIR = tmp_path
    started = []

    def start(script) -> ScriptedSmtp:
        server = ScriptedSmtp(script)
        started.append(server.__enter__())
        mail_to(server, settings)
        return server

    yield start
    for server in started:
        server.__exit__(None, None, None)


def letters(number: int) -> list[OutgoingMessage]:
    headers = {"From": "Acme <status@example.test>"}
    return [
        a_message(
            next(_number), f"r{index}@example.test", "Hello.\n", "Hello", "<p>Hello.</p>",
            headers | {"Message-ID": f"<{next(_number)}@example.test>"},
        )
        for index in range(number)
    ]  # fmt: skip


def carried(number: int = 1, seconds: float = 20) -> list[Outcome]:
    """The outcome of each of so many mails, in their order. Fails where one has none after `seconds`."""
    held, given = transport("email"), letters(number)
    heard: list[Outcome] = []
    held.take(given, lambda pk: None, heard.append)
    known = {}
    for _ in range(int(seconds / 0.1)):
        known |= {outcome.delivery_id: outcome for outcome in held.outcomes(0.1)}
        if len(known) == number:
            break
    assert len(heard) == len(known) == number, "not every mail has one outcome"
    return [known[message.delivery_id] for message in given]


def kinds(outcomes: list[Outcome]) -> list[str]:
    return [
        "sent" if isinstance(one, Sent) else "unknown" if one.unknown else "failed" if one.permanent else "later"
        for one in outcomes
    ]


def test_a_relay_that_pipelines_gets_each_mail_and_the_next_envelope_in_one_go(speaking):
    def script(talk: Talk):
        talk.greet(PIPELINING)
        talk.take_all()

    server = speaking(script)
    assert kinds(carried(1)) == ["sent"]
    assert server.texts == 1


def test_a_relay_that_does_not_pipeline_is_asked_one_by_one(speaking):
    def script(talk: Talk):
        talk.greet(b"SIZE 1000")
        while True:
            for answer in (b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n"):
                talk.hear()
                assert talk._buffer == b""  # nothing more was said before the answer
                talk.say(answer)
            talk.text()
            assert talk._buffer == b""
            talk.say(b"250 taken\r\n")

    server = speaking(script)
    assert kinds(carried(20)) == ["sent"] * 20
    assert server.texts == 20


def test_replies_may_come_in_any_pieces_and_in_several_lines(speaking):
    def script(talk: Talk):
        for byte in b"220-welcome\r\n220 relay.test\r\n":
            talk.say(bytes([byte]))
        talk.introduce(b"8BITMIME", PIPELINING, b"HELP")
        talk.envelope()
        for byte in b"250\r\n251-will\r\n251-forward\r\n251 it\r\n354":
            talk.say(bytes([byte]))
        talk.say(b" go\r\n")
        talk.text()
        talk.say(b"250-2.0.0 taken\r\n250")
        talk.say(b" with thanks\r\n")

    speaking(script)
    (outcome,) = carried(1)
    assert isinstance(outcome, Sent)
    assert outcome.provider_id == "2.0.0 taken\nwith thanks"


def test_a_relay_that_hangs_up_after_a_refusal_has_refused_once(speaking, settings):
    """As Postfix does after so many errors. The refused mail has its outcome, and must not be announced again."""

    def script(talk: Talk):
        talk.greet(PIPELINING)
        if talk.number == 0:
            talk.envelope()
            talk.say(b"250 ok\r\n550 5.1.1 nobody\r\n554 no\r\n")
            return  # hangs up
        talk.take_all()

    settings.EMAIL_CONNECTIONS = 1
    server = speaking(script)
    assert kinds(carried(3)) == ["failed", "sent", "sent"]
    assert sum(line.startswith(b"RCPT TO:<r0@") for line in server.heard) == 1


def test_a_goodbye_in_answer_to_the_reset_harms_no_mail(speaking):
    def script(talk: Talk):
        talk.greet(PIPELINING)
        if talk.number == 0:
            talk.envelope()
            talk.say(b"250 ok\r\n550 5.1.1 nobody\r\n554 no\r\n")
            assert talk.hear() == b"RSET\r\n"
            talk.say(b"421 4.7.0 too many errors\r\n")
            return
        talk.take_all()

    speaking(script)
    assert kinds(carried(1)) == ["failed"]
    assert kinds(carried(1)) == ["sent"]


def test_a_relay_that_says_go_ahead_without_a_recipient_gets_no_mail(speaking, settings):
    def script(talk: Talk):
        talk.greet(PIPELINING)
        talk.envelope()
        talk.say(b"250 ok\r\n550 5.1.1 nobody\r\n354 go\r\n")
        assert talk.hear() == b".\r\n"
        talk.say(b"554 no recipients\r\n")
        assert talk.hear() == b"RSET\r\n"
        talk.say(b"250 ok\r\n")
        talk.take_all()

    settings.EMAIL_CONNECTIONS = 1
    server = speaking(script)
    assert kinds(carried(2)) == ["failed", "sent"]
    assert len(server.talks) == 1


def test_a_goodbye_among_pipelined_replies_leaves_the_next_mail_for_another_connection(speaking):
    def script(talk: Talk):
        talk.greet(PIPELINING)
        talk.envelope()
        talk.say(GO)
        talk.text()
        talk.say(b"250 taken\r\n421 4.3.2 going down\r\n")

    server = speaking(script)
    assert kinds(carried(20)) == ["sent"] * 20
    assert server.texts == 20


def test_a_yes_where_go_ahead_belongs_is_no_go_ahead(speaking):
    """A relay that is out of step must not take the lines of a mail for commands."""

    def script(talk: Talk):
        talk.greet(PIPELINING)
        talk.envelope()
        talk.say(b"250 ok\r\n250 ok\r\n250 ok\r\n")
        while True:
            talk.hear()

    server = speaking(script)
    assert kinds(carried(1)) == ["later"]
    assert not any(b"Subject" in line for line in server.heard)


def test_a_connection_on_which_something_was_said_unasked_is_not_used(speaking):
    """An answer too many, and from then on each would be taken for that of another mail."""

    def script(talk: Talk):
        talk.greet(PIPELINING)
        talk.envelope()
        talk.say(GO)
        talk.text()
        talk.say(b"250 taken\r\n")
        if talk.number == 0:
            talk.say(b"250 and another\r\n")
            talk.envelope()
            talk.say(b"550 refused\r\n" * 3)
            while True:
                talk.hear()
        talk.take_all()

    server = speaking(script)
    assert kinds(carried(1)) == ["sent"]
    (kept,) = transport("email").work.__self__.connections.idle
    while kept.is_open:
        threading.Event().wait(0.01)
    assert kinds(carried(1)) == ["sent"]
    assert server.texts == 2


def test_any_yes_after_the_text_is_a_yes(speaking):
    def script(talk: Talk):
        talk.greet(PIPELINING)
        talk.envelope()
        talk.say(GO)
        talk.text()
        talk.say(b"251 queued elsewhere\r\n")

    speaking(script)
    assert kinds(carried(1)) == ["sent"]


@pytest.mark.parametrize("answer", [b"354 go\r\n", b"what?\r\n", b"99 2\r\n", b""])
def test_nonsense_after_the_text_leaves_it_unknown(speaking, answer):
    def script(talk: Talk):
        talk.greet(PIPELINING)
        talk.envelope()
        talk.say(GO)
        talk.text()
        talk.say(answer)

    speaking(script)
    assert kinds(carried(1)) == ["unknown"]


def test_the_answer_to_the_text_has_seconds_of_its_own(speaking, monkeypatch):
    monkeypatch.setattr(smtp_relay, "FINAL_DOT_SECONDS", 0.5)

    def script(talk: Talk):
        talk.greet(PIPELINING)
        talk.envelope()
        talk.say(GO)
        talk.text()
        talk.hear(b"never")

    speaking(script)
    (outcome,) = carried(1)
    assert outcome.unknown
    assert "no reply within 0.5 s" in outcome.reason


@pytest.mark.parametrize("greeting", [b"554 go away\r\n", b"421 busy\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n", b""])
def test_a_relay_that_does_not_greet_us_is_unavailable(speaking, greeting):
    speaking(lambda talk: talk.say(greeting))
    with pytest.raises(Unavailable):
        carried(20)


def test_what_is_said_before_the_encryption_counts_for_nothing(speaking, settings):
    """An answer smuggled in behind the 220 would be taken for the first one that is encrypted."""

    def script(talk: Talk):
        talk.greet(b"STARTTLS")
        assert talk.hear() == b"STARTTLS\r\n"
        talk.say(b"220 go\r\n250-relay.test\r\n250 AUTH PLAIN\r\n")
        talk.hear()

    server = speaking(script)
    settings.EMAIL_USE_TLS = True
    with pytest.raises(Unavailable, match="before it was encrypted"):
        carried(1)
    assert server.heard[2:] in ([], [b"QUIT\r\n"])


def test_a_relay_that_hangs_up_as_the_encryption_begins_is_unavailable(speaking, settings, monkeypatch):
    """Between the handshake's end and its own return asyncio may find that the connection is gone: then it has none."""

    async def start_tls(loop, *args, **options) -> None:
        return None

    def script(talk: Talk):
        talk.greet(b"STARTTLS")
        talk.hear()
        talk.say(b"220 go\r\n")
        talk.hear()

    speaking(script)
    settings.EMAIL_USE_TLS = True
    monkeypatch.setattr(BaseEventLoop, "start_tls", start_tls)
    with pytest.raises(Unavailable, match="hung up"):
        carried(1)


def test_a_connection_takes_so_many_mails_and_no_envelope_more(speaking, settings):
    settings.EMAIL_MESSAGES_PER_CONNECTION, settings.EMAIL_CONNECTIONS = 3, 1

    def script(talk: Talk):
        talk.greet(PIPELINING)
        talk.take_all()

    server = speaking(script)
    assert kinds(carried(8)) == ["sent"] * 8
    assert [sum(line.startswith(b"MAIL") for line in talk.heard) for talk in server.talks] == [3, 3, 2]


def test_a_relay_that_allows_one_connection_gets_all_over_that_one(speaking):
    """It refuses the others while the first is still being opened: that is no reason to leave it alone."""
    lock, is_taken = threading.Lock(), []

    def script(talk: Talk):
        with lock:
            is_first = not is_taken
            is_taken.append(talk)
        if not is_first:
            talk.say(b"421 4.7.0 too many connections\r\n")
            return
        talk.say(b"220 relay.test\r\n")
        assert not threading.Event().wait(0.3)  # slow to introduce itself
        talk.introduce(PIPELINING)
        talk.take_all()

    server = speaking(script)
    assert kinds(carried(20)) == ["sent"] * 20
    assert server.texts == 20


def test_what_waits_too_long_on_the_shelf_is_hung_up(speaking, monkeypatch):
    monkeypatch.setattr(connections, "IDLE_SECONDS", 0.1)
    left = threading.Event()

    def script(talk: Talk):
        talk.greet(PIPELINING)
        talk.envelope()
        talk.say(GO)
        talk.text()
        talk.say(b"250 taken\r\n")
        if talk.hear() == b"QUIT\r\n":
            left.set()

    speaking(script)
    assert kinds(carried(1)) == ["sent"]
    assert left.wait(5)


def test_a_fault_in_the_writing_of_a_mail_puts_it_off_alone(speaking, monkeypatch):
    def script(talk: Talk):
        talk.greet(PIPELINING)
        talk.take_all()

    speaking(script)
    render = mime.render
    monkeypatch.setattr(mime, "render", lambda one: {}[one.to] if one.to.startswith("r3@") else render(one))
    outcomes = carried(10)
    assert kinds(outcomes) == ["sent"] * 3 + ["later"] + ["sent"] * 6


def test_a_hand_that_dies_of_a_fault_leaves_no_mail_without_an_outcome(speaking, monkeypatch):
    def script(talk: Talk):
        talk.greet(PIPELINING)
        while True:
            talk.envelope()
            talk.say(GO)
            talk.text()
            talk.say(b"450 later\r\n")

    speaking(script)
    monkeypatch.setattr(smtp_relay.smtp_replies, "failure", lambda *_, **__: {}["fault"])
    assert kinds(carried(20)) == ["unknown"] * 20


def test_an_old_failure_is_not_told_twice(speaking, settings):
    """Whoever withdraws everything before it hears of the trouble leaves none for the next."""

    def script(talk: Talk):
        if talk.number == 0:
            return
        talk.greet(PIPELINING)
        talk.take_all()

    settings.EMAIL_CONNECTIONS = 1
    server = speaking(script)
    held = transport("email")
    held.take(letters(1), lambda pk: None, lambda outcome: None)
    while not held._trouble:
        threading.Event().wait(0.01)
    assert len(held.withdraw()) == 1
    assert held.is_idle
    assert kinds(carried(1)) == ["sent"]
    assert server.texts == 1
