"""What a relay cannot do is learnt within one mail, and remembered: as Haraka, chasquid, Courier and Exim behave."""

import threading
import time

import pytest

from subscribers.channels import Transport, Unavailable, pool, transport
from subscribers.channels.email import transport as email
from subscribers.channels.kept_pool import KeptPool
from tests.scripted_smtp import ScriptedSmtp, Talk

from .test_smtp_relay import GO, PIPELINING, carried, kinds, letters, speaking

__all__ = ["speaking"]


def take_one(talk: Talk) -> bool:
    """A mail; whether the next envelope came with its text."""
    talk.envelope()
    talk.say(GO)
    talk.text()
    return talk._buffer != b""


def test_a_relay_that_refuses_what_comes_with_a_text_gets_each_envelope_by_itself(speaking):
    """Haraka 3.1: 503 to each command that was sent before its answer."""
    ahead = []

    def script(talk: Talk):
        talk.greet(PIPELINING)
        while True:
            came = take_one(talk)
            ahead.append(came)
            talk.say(b"250 2.0.0 queued\r\n")
            if came:
                talk.envelope()
                talk.say(b"503 5.5.1 out of order\r\n" * 3)
                assert talk.hear() == b"RSET\r\n"
                talk.say(b"250 ok\r\n")

    server = speaking(script)
    assert kinds(carried(40)) == ["sent"] * 40
    assert server.texts == 40
    assert sum(ahead) == 1


def test_a_relay_that_loses_what_comes_with_a_text_costs_one_silence(speaking):
    """chasquid 1.11 and Courier 1.0: it is read into a buffer that is thrown away."""
    ahead = []

    def script(talk: Talk):
        talk.greet(PIPELINING)
        while True:
            came = take_one(talk)
            ahead.append(came)
            if came:
                talk.envelope()
            talk.say(b"250 2.0.0 queued\r\n")

    server = speaking(script)
    assert kinds(carried(40, seconds=60)) == ["sent"] * 40
    assert server.texts == 40
    assert sum(ahead) == 1


def test_exim_gets_no_more_mails_over_one_connection_than_it_delivers_at_once(speaking):
    def script(talk: Talk):
        talk.say(b"220 mx.example.test ESMTP Exim 4.96\r\n")
        talk.introduce(PIPELINING)
        talk.take_all()

    server = speaking(script)
    assert kinds(carried(45)) == ["sent"] * 45
    assert max(sum(line == b"DATA\r\n" for line in talk.heard) for talk in server.talks) <= 10


def test_no_letter_is_taken_before_a_connection_stands(speaking):
    """Slow greetings: what waits for one is nobody's attempt, and may go over another."""
    greets = threading.Event()

    def script(talk: Talk):
        if talk.number:
            greets.wait(20)
        talk.greet(PIPELINING)
        talk.take_all()

    server: ScriptedSmtp = speaking(script)
    held, given = transport("email"), letters(30)
    begun: list[int] = []
    ended = []
    held.take(given, begun.append, ended.append)
    for _ in range(200):
        held.outcomes(0.1)
        if len(ended) == len(given):
            break
    assert kinds(ended) == ["sent"] * 30  # all over the one that greeted
    assert server.texts == 30
    greets.set()


def test_what_one_process_learnt_of_a_relay_the_next_knows(speaking):
    ahead = []

    def script(talk: Talk):
        talk.greet(PIPELINING)
        while True:
            came = take_one(talk)
            ahead.append(came)
            if came:
                talk.envelope()
            talk.say(b"250 2.0.0 queued\r\n")

    speaking(script)
    carried(10, seconds=60)
    assert sum(ahead) == 1
    another_process()
    assert kinds(carried(10)) == ["sent"] * 10
    assert sum(ahead) == 1


def test_who_gets_no_connection_while_another_process_has_some_waits_for_one(speaking):
    """Courier 1.0 hangs up on the sixth connection of one address without a word."""
    room = threading.Semaphore(2)

    def script(talk: Talk):
        if not room.acquire(blocking=False):
            return
        try:
            talk.greet(PIPELINING)
            talk.take_all()
        finally:
            room.release()

    server = speaking(script)
    held, given = transport("email"), letters(2)
    ended = []
    held.take(given, lambda pk: None, ended.append)
    outcomes_of(held, ended, 2)
    other = another_process()
    other.take(letters(5), lambda pk: None, ended.append)
    for _ in range(10):
        assert other.outcomes(0.1) == []  # nor does it raise Unavailable
    assert len(ended) == 2
    held.close()
    outcomes_of(other, ended, 7)
    assert kinds(ended) == ["sent"] * 7
    assert server.texts == 7


def test_who_gets_no_connection_and_nobody_has_one_finds_the_relay_down(speaking):
    speaking(lambda talk: None)
    held = transport("email")
    held.take(letters(3), lambda pk: None, lambda outcome: None)
    with pytest.raises(Unavailable):
        for _ in range(100):
            held.outcomes(0.1)
    assert len(held.withdraw()) == 3


def another_process() -> Transport:
    """As one that begins now: its connections are others than ours."""
    email.kept = KeptPool()
    return transport("email")


def outcomes_of(held: Transport, ended: list, number: int) -> None:
    for _ in range(200):
        held.outcomes(0.1)
        if len(ended) == number:
            return
    raise AssertionError(f"{len(ended)} of {number}")


def test_a_relay_that_is_silent_to_everybody_uses_up_an_attempt_only_the_second_time(speaking, monkeypatch):
    """Such as one whose name server is away. One that is silent to one alone does at once."""
    monkeypatch.setattr(pool, "SILENT_SECONDS", 0.2)

    def script(talk: Talk):
        talk.greet(PIPELINING)
        talk.envelope()
        talk.hear(b"never")

    speaking(script)
    held, ended = transport("email"), []
    given = letters(3)
    for charged in (0, 3):
        begun = []
        held.take(given, begun.append, ended.append)
        for _ in range(100):
            held.outcomes(0.1)
            if len(begun) == 3:
                break
        time.sleep(0.5)
        held.cancel_unsent()
        assert len(held.withdraw()) == 3 - charged
        assert len(ended) == charged
    assert kinds(ended) == ["later"] * 3
