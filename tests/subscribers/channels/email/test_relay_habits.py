"""What a relay cannot do is learnt within one mail, and remembered: as Haraka, chasquid, Courier and Exim behave."""

import threading
import time
from collections.abc import Callable

import pytest

from statuspage.lib.spare_redis import SpareRedis
from subscribers.channels import Transport, Unavailable, pool, transport
from subscribers.channels.email import ahead, known
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
    came_ahead = []

    def script(talk: Talk):
        talk.greet(PIPELINING)
        while True:
            came = take_one(talk)
            came_ahead.append(came)
            talk.say(b"250 2.0.0 queued\r\n")
            if came:
                talk.envelope()
                talk.say(b"503 5.5.1 out of order\r\n" * 3)
                assert talk.hear() == b"RSET\r\n"
                talk.say(b"250 ok\r\n")

    server = speaking(script)
    assert kinds(carried(40)) == ["sent"] * 40
    assert server.texts == 40
    assert sum(came_ahead) == 1


def test_a_relay_that_loses_what_comes_with_a_text_costs_one_silence(speaking):
    """chasquid 1.11 and Courier 1.0: it is read into a buffer that is thrown away."""
    came_ahead = []

    def script(talk: Talk):
        talk.greet(PIPELINING)
        while True:
            came = take_one(talk)
            came_ahead.append(came)
            if came:
                talk.envelope()
            talk.say(b"250 2.0.0 queued\r\n")

    server = speaking(script)
    assert kinds(carried(40, seconds=60)) == ["sent"] * 40
    assert server.texts == 40
    assert sum(came_ahead) == 1


def test_a_no_to_half_a_line_is_none_to_our_sender(speaking):
    """A buffer that is thrown away may end anywhere; what is left of the line is answered."""
    came_ahead = []

    def script(talk: Talk):
        talk.greet(PIPELINING)
        while True:
            came = take_one(talk)
            came_ahead.append(came)
            talk.say(b"250 2.0.0 queued\r\n")
            if came:
                talk.envelope()
                talk.say(b"500 5.5.1 Unknown command: OM:<a@b>\r\n503 5.5.1 no sender\r\n503 5.5.1 no recipient\r\n")
                assert talk.hear() == b"RSET\r\n"
                talk.say(b"250 ok\r\n")

    server = speaking(script)
    assert kinds(carried(40)) == ["sent"] * 40
    assert server.texts == 40
    assert sum(came_ahead) == 1


def test_a_relay_that_hangs_up_on_what_comes_with_a_text_does_so_once(speaking):
    came_ahead = []

    def script(talk: Talk):
        talk.greet(PIPELINING)
        while True:
            came_ahead.append(take_one(talk))
            talk.say(b"250 2.0.0 queued\r\n")
            if came_ahead[-1]:
                return

    server = speaking(script)
    assert kinds(carried(40)) == ["sent"] * 40
    assert server.texts == 40
    assert sum(came_ahead) == 1


def test_the_mail_that_shows_what_a_relay_loses_is_told_as_taken_before_that_is_known(speaking, settings, monkeypatch):
    """What follows its text may be waited for; whether it was taken is known."""
    settings.EMAIL_CONNECTIONS = 1
    monkeypatch.setattr(ahead, "LEAST_SECONDS", 60)
    monkeypatch.setattr(ahead, "SILENCE_SECONDS", 60)

    def script(talk: Talk):
        talk.greet(PIPELINING)
        while True:
            if take_one(talk):
                talk.envelope()
            talk.say(b"250 2.0.0 queued\r\n")

    speaking(script)
    held, ended = transport("email"), []
    held.take(letters(2), lambda pk: None, ended.append)
    outcomes_of(held, ended, 1)
    held.cancel_unsent()
    assert kinds(ended) == ["sent"]
    assert len(held.withdraw()) == 1  # the other, which nobody began


def test_a_relay_that_is_slow_with_every_envelope_is_not_taken_for_one_that_loses_them(speaking):
    came_ahead = []

    def script(talk: Talk):
        talk.greet(PIPELINING)
        while True:
            talk.envelope()
            time.sleep(0.4)  # longer than the least; it looks up whom it is from
            talk.say(GO)
            talk.text()
            came_ahead.append(talk._buffer != b"")
            talk.say(b"250 2.0.0 queued\r\n")

    speaking(script)
    assert kinds(carried(24, seconds=60)) == ["sent"] * 24
    assert sum(came_ahead) > 1  # not only the one that tried it


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


def losing(greeting: bytes, came_ahead: list[bool]) -> Callable[[Talk], None]:
    """One that loses what comes with a text."""

    def script(talk: Talk):
        talk.say(greeting)
        talk.introduce(PIPELINING)
        while True:
            came_ahead.append(take_one(talk))
            if came_ahead[-1]:
                talk.envelope()
            talk.say(b"250 2.0.0 queued\r\n")

    return script


def test_what_one_process_learnt_of_a_relay_the_next_knows_without_redis(speaking, monkeypatch):
    monkeypatch.setattr(known, "_redis", SpareRedis(lambda: "redis://127.0.0.1:1/0", left_alone=30.0))
    came_ahead = []
    speaking(losing(b"220 mx.test ESMTP 12:00:01\r\n", came_ahead))
    carried(10, seconds=60)
    assert sum(came_ahead) == 1
    another_process()
    assert kinds(carried(10)) == ["sent"] * 10
    assert sum(came_ahead) == 1


def test_what_was_learnt_is_forgotten_when_the_relay_greets_otherwise(speaking):
    came_ahead = []
    server = speaking(losing(b"220 mx.test ESMTP One\r\n", came_ahead))
    carried(10, seconds=60)
    server.script = losing(b"220 mx.test ESMTP Two\r\n", came_ahead)
    another_process()
    assert kinds(carried(10, seconds=60)) == ["sent"] * 10
    assert sum(came_ahead) == 2


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


@pytest.mark.parametrize(("room", "has_all"), [(2, True), (100, False)])
def test_another_process_is_of_no_use_where_the_relay_allows_so_few_connections(speaking, room, has_all):
    free = threading.Semaphore(room)

    def script(talk: Talk):
        if not free.acquire(blocking=False):
            return
        try:
            talk.greet(PIPELINING)
            talk.take_all()
        finally:
            free.release()

    speaking(script)
    assert kinds(carried(40)) == ["sent"] * 40
    assert transport("email").has_all() is has_all


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
