"""A provider that takes its time holds up nobody but itself; what it says in the end is written down."""

import threading
import time

import pytest
from django.db import DatabaseError
from django.db.models.functions import Now

from subscribers.actions import delivering, fanout, late, ledger, shift
from subscribers.channels import crew, email, relay, smtp
from subscribers.channels.sms import desk
from subscribers.models import Delivery
from tests.factories import a_component, a_subscriber, an_open_incident
from tests.parts import wait_until
from tests.scripted_smtp import ScriptedSmtp, Talk
from tests.sinks import mail_to

SHIFT_SECONDS = shift.SHIFT_SECONDS  # of the program; the tests' own is longer
pytestmark = pytest.mark.django_db(transaction=True)
TAKES = b"250 ok\r\n250 ok\r\n354 go\r\n"


@pytest.fixture(autouse=True)
def over(monkeypatch):
    """A shift is, once this is set, or its time is up."""
    told = threading.Event()
    monkeypatch.setattr(shift.Shift, "is_over", property(lambda a: told.is_set() or time.monotonic() >= a.ends_at))
    yield told
    late.finish()
    email.kept.close()


def announced(*names) -> None:
    for name in names:
        a_subscriber(f"{name}@example.test")
    fanout.expand(an_open_incident(a_component()).announcement)


def rows(*fields) -> list[tuple]:
    return list(Delivery.objects.order_by("pk").values_list(*fields))


class Slow:
    """Takes a first text, which ends the shift, and says so when it is told to; all others at once."""

    def __init__(self, over: threading.Event):
        self.over, self.answer = over, threading.Event()

    def __call__(self, talk: Talk):
        talk.greet(b"PIPELINING")
        if talk.number == 0:
            talk.envelope()
            talk.say(TAKES)
            talk.text()
            self.over.set()
            self.answer.wait(20)
            talk.say(b"250 taken\r\n")
        talk.take_all()


def silent(over: threading.Event):
    def script(talk: Talk):
        talk.greet(b"PIPELINING")
        talk.hear()
        over.set()
        talk.hear(b"never")

    return script


def test_no_lease_ends_before_the_last_answer_that_is_waited_for():
    """It would be sent again by somebody else, while it is being taken."""
    assert smtp.COMMAND_SECONDS < relay.FINAL_DOT_SECONDS < late.WAIT_SECONDS
    assert desk.TIMEOUT.total < late.WAIT_SECONDS
    lease = ledger.LEASE.total_seconds()
    assert lease > SHIFT_SECONDS + late.WAIT_SECONDS
    assert lease > smtp.OPENING_SECONDS + smtp.COMMAND_SECONDS + relay.FINAL_DOT_SECONDS


def test_the_next_shift_begins_meanwhile_and_the_answer_is_written_down_when_it_comes(settings, over):
    slow = Slow(over)
    with ScriptedSmtp(slow) as server:
        mail_to(server, settings)
        announced("slow")
        delivering.drain("email")
        assert rows("state") == [("sending",)]
        over.clear()
        announced("other")
        assert delivering.drain("email") == 2
        assert rows("state") == [("sending",), ("sent",), ("sent",)]
        slow.answer.set()
        wait_until(lambda: rows("state", "possibly_doubled", "attempts") == [("sent", False, 1)] * 3, 10)


def test_an_answer_that_never_comes_leaves_the_row_in_doubt(settings, monkeypatch, over):
    monkeypatch.setattr(late, "WAIT_SECONDS", 0.3)
    slow = Slow(over)
    with ScriptedSmtp(slow) as server:
        mail_to(server, settings)
        announced("slow")
        delivering.drain("email")
        wait_until(lambda: rows("state", "possibly_doubled", "attempts") == [("queued", True, 1)], 10)
        slow.answer.set()


def test_long_silence_before_the_text_counts_as_an_attempt_and_is_tried_again_later(settings, monkeypatch, over):
    """Else whoever makes a relay silent would be tried again and again, for ever. The second time, where it says
    nothing to anybody: that may be its own state."""
    monkeypatch.setattr(crew, "SILENT_SECONDS", 0.0)
    with ScriptedSmtp(silent(over)) as server:
        mail_to(server, settings)
        announced("silent")
        delivering.drain("email")
        assert rows("state", "attempts", "possibly_doubled") == [("queued", 0, False)]
        over.clear()
        delivering.drain("email")
        assert rows("state", "attempts", "possibly_doubled") == [("queued", 1, False)]
        assert not Delivery.objects.filter(visible_at__lte=Now()).exists()


def test_a_short_silence_before_the_text_is_nobodys_failure(settings, over):
    with ScriptedSmtp(silent(over)) as server:
        mail_to(server, settings)
        announced("silent")
        delivering.drain("email")
        assert rows("state", "attempts", "possibly_doubled") == [("queued", 0, False)]


def test_the_next_letter_does_not_wait_behind_a_silent_dot(settings, monkeypatch, over):
    monkeypatch.setattr(shift, "SHIFT_SECONDS", 5.0)
    monkeypatch.setattr(over, "set", lambda: None)
    monkeypatch.setattr(smtp, "SILENCE_SECONDS", 0.2)
    settings.EMAIL_CONNECTIONS = 2
    slow = Slow(over)
    with ScriptedSmtp(slow) as server:
        mail_to(server, settings)
        announced("slow", "behind", "third")
        began = time.monotonic()
        delivering.drain("email")
        assert time.monotonic() - began < relay.FINAL_DOT_SECONDS / 2
        assert sorted(rows("state")) == [("sending",), ("sent",), ("sent",)]
        slow.answer.set()
        wait_until(lambda: rows("state", "possibly_doubled", "attempts") == [("sent", False, 1)] * 3, 10)


def test_before_the_end_it_is_waited_for_what_may_have_arrived(settings, over):
    slow = Slow(over)
    with ScriptedSmtp(slow) as server:
        mail_to(server, settings)
        announced("slow")
        delivering.drain("email")
        threading.Timer(0.3, slow.answer.set).start()
        late.finish()
        assert rows("state", "possibly_doubled") == [("sent", False)]


def test_a_database_that_is_away_when_the_answer_comes_hears_it_later(settings, monkeypatch, over):
    slow = Slow(over)
    tries = []
    settle = ledger.settle_all

    def settle_the_second_time(ended):
        tries.append(ended)
        if len(tries) == 1:
            raise DatabaseError("gone")
        settle(ended)

    with ScriptedSmtp(slow) as server:
        mail_to(server, settings)
        announced("slow")
        delivering.drain("email")
        monkeypatch.setattr(ledger, "settle_all", settle_the_second_time)
        slow.answer.set()
        wait_until(lambda: rows("state", "possibly_doubled") == [("sent", False)], 10)
        assert len(tries) == 2
