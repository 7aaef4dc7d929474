"""The end of a run because the worker is told to end: nobody waits but for what may have arrived."""

import threading
import time

import pytest

from statuspage.lib import shutdown
from subscribers.channels.email import smtp_relay as relays
from subscribers.channels.email import transport
from subscribers.delivery import drain, fanout, ledger
from subscribers.models import Delivery
from tests.factories import a_component, a_subscriber, an_open_incident
from tests.scripted_smtp import ScriptedSmtp, Talk
from tests.sinks import mail_to

pytestmark = pytest.mark.django_db
UNTOUCHED = ("queued", 0, "", False)


def announced(*names) -> None:
    for name in names:
        a_subscriber(f"{name}@example.test")
    fanout.expand(an_open_incident(a_component()).announcement)


def rows() -> dict[str, tuple]:
    found = Delivery.objects.values_list("subscriber__address", "state", "attempts", "lease", "possibly_doubled")
    return {address.partition("@")[0]: rest for address, *rest in found for rest in [tuple(rest)]}


@pytest.fixture(autouse=True)
def one_connection(settings):
    settings.EMAIL_CONNECTIONS = 1


@pytest.fixture
def given_back(monkeypatch):
    """What went back into the queue, and a bell for each."""
    rung = threading.Event()
    give_back = ledger.give_back

    def give_back_and_ring(rows, **kwargs):
        number = give_back(rows, **kwargs)
        if number:
            rung.set()
        return number

    monkeypatch.setattr(ledger, "give_back", give_back_and_ring)
    return rung


@pytest.mark.parametrize("extensions", [[b"PIPELINING"], [b"8BITMIME"]])
def test_a_relay_that_says_nothing_to_a_recipient_is_not_waited_for(settings, extensions):
    over = threading.Event()

    def script(talk: Talk):
        talk.greet(*extensions)
        talk.hear()
        talk.say(b"250 ok\r\n")
        shutdown.begin()
        over.wait(10)

    with ScriptedSmtp(script) as relay:
        mail_to(relay, settings)
        announced("silent", "other")
        began = time.monotonic()
        drain.drain("email")
        took = time.monotonic() - began
        over.set()
    assert took < 10  # of the 20 seconds that a command has
    assert rows() == {"silent": UNTOUCHED, "other": UNTOUCHED}


def test_a_relay_that_does_not_even_greet_is_not_waited_for(settings):
    over = threading.Event()

    def script(talk: Talk):
        shutdown.begin()
        over.wait(10)

    with ScriptedSmtp(script) as relay:
        mail_to(relay, settings)
        announced("silent")
        drain.drain("email")
        assert not over.is_set()
        over.set()
    assert rows() == {"silent": UNTOUCHED}


def test_what_waits_behind_a_silent_dot_goes_back_at_once(settings, given_back):
    """Its envelope travelled with the text of the other one, whose outcome is waited for all the same."""

    def script(talk: Talk):
        talk.greet(b"PIPELINING")
        talk.envelope()
        while not pool.waiting:
            time.sleep(0.01)
        talk.say(b"250 ok\r\n250 ok\r\n354 go\r\n")
        talk.text()
        talk.envelope()
        shutdown.begin()
        assert given_back.wait(10)
        talk.say(b"250 taken\r\n")
        talk.hear(b"never")

    with ScriptedSmtp(script) as relay:
        mail_to(relay, settings)
        pool = transport.transport()
        announced("slow", "behind")
        drain.drain("email")
    assert rows() == {"slow": ("sent", 1, "", False), "behind": UNTOUCHED}
    assert relay.texts == 1


def test_what_was_taken_is_known_though_the_next_recipient_gets_no_answer(settings):
    def script(talk: Talk):
        talk.greet(b"PIPELINING")
        talk.envelope()
        while not pool.waiting:
            time.sleep(0.01)
        talk.say(b"250 ok\r\n250 ok\r\n354 go\r\n")
        talk.text()
        talk.say(b"250 taken\r\n")
        shutdown.begin()
        talk.hear(b"never")

    with ScriptedSmtp(script) as relay:
        mail_to(relay, settings)
        pool = transport.transport()
        announced("taken", "behind")
        began = time.monotonic()
        drain.drain("email")
        assert time.monotonic() - began < relays.FINAL_DOT_SECONDS / 6
    assert rows() == {"taken": ("sent", 1, "", False), "behind": UNTOUCHED}


def test_what_was_called_off_goes_out_with_the_next_shift(settings):
    over = threading.Event()

    def script(talk: Talk):
        talk.greet(b"PIPELINING")
        if not over.is_set():
            shutdown.begin()
            talk.hear(b"never")
        talk.take_all()

    with ScriptedSmtp(script) as relay:
        mail_to(relay, settings)
        announced("first", "second")
        drain.drain("email")
        over.set()
        shutdown.reset()
        drain.drain("email")
        assert {state for state, *_ in rows().values()} == {"sent"}
        assert relay.texts == 2


def test_a_worker_that_was_told_to_end_begins_nothing(smtp_sink, settings):
    announced("reader")
    shutdown.begin()
    assert drain.drain("email") == 0
    assert rows() == {"reader": UNTOUCHED}
    shutdown.reset()
    assert drain.drain("email") == 1


def test_a_worker_that_is_told_to_end_in_a_shift_gives_back_what_it_did_not_begin(smtp_sink, monkeypatch):
    announced(*(f"reader{number}" for number in range(200)))
    settle = ledger.settle_sent

    def settle_and_be_told(sent):
        shutdown.begin()
        return settle(sent)

    monkeypatch.setattr(ledger, "settle_sent", settle_and_be_told)
    drain.drain("email")
    sent = [row for row in rows().values() if row != UNTOUCHED]
    assert 0 < len(sent) == len(smtp_sink.journal) < 200
    assert {state for state, *_ in sent} == {"sent"}


def test_the_outbox_that_has_a_rate_keeps_nobody_busy(settings, tmp_path):
    settings.EMAIL_RATE = 2.0
    announced("first", "second", "third")
    began, busy = time.monotonic(), time.process_time()
    drain.drain("email")
    assert time.process_time() - busy < (time.monotonic() - began) / 2
    assert {state for state, *_ in rows().values()} == {"sent"}
