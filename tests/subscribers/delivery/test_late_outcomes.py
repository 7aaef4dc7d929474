"""A provider that takes its time holds up nobody but itself; what it says in the end is written down."""

import threading
import time

import pytest
from django.db import DatabaseError
from django.db.models.functions import Now

from subscribers.channels import pool
from subscribers.channels.email import smtp_connection, smtp_relay, transport
from subscribers.channels.sms import requests
from subscribers.delivery import drain, fanout, late_outcomes, ledger, run
from subscribers.models import Delivery
from tests.factories import a_component, a_subscriber, an_open_incident
from tests.processes import wait_until
from tests.scripted_smtp import ScriptedSmtp, Talk
from tests.sinks import mail_to

RUN_SECONDS = run.RUN_SECONDS  # of the program; the tests' own is longer
pytestmark = pytest.mark.django_db(transaction=True)
TAKES = b"250 ok\r\n250 ok\r\n354 go\r\n"


@pytest.fixture(autouse=True)
def over(monkeypatch):
    """A run is, once this is set, or its time is up."""
    told = threading.Event()
    monkeypatch.setattr(run.SendRun, "is_over", property(lambda a: told.is_set() or time.monotonic() >= a.ends_at))
    yield told
    late_outcomes.finish()
    transport.kept.close()


def announced(*names) -> None:
    for name in names:
        a_subscriber(f"{name}@example.test")
    fanout.expand(an_open_incident(a_component()).announcement)


def rows(*fields) -> list[tuple]:
    return list(Delivery.objects.order_by("pk").values_list(*fields))


class Slow:
    """Takes a first text, which ends the run, and says so when it is told to; all others at once."""

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
    assert smtp_connection.COMMAND_SECONDS < smtp_relay.FINAL_DOT_SECONDS < late_outcomes.WAIT_SECONDS
    assert requests.TIMEOUT.total < late_outcomes.WAIT_SECONDS
    lease = ledger.LEASE.total_seconds()
    assert lease > RUN_SECONDS + late_outcomes.WAIT_SECONDS
    assert lease > smtp_connection.OPENING_SECONDS + smtp_connection.COMMAND_SECONDS + smtp_relay.FINAL_DOT_SECONDS


def test_the_next_shift_begins_meanwhile_and_the_answer_is_written_down_when_it_comes(settings, over):
    slow = Slow(over)
    with ScriptedSmtp(slow) as server:
        mail_to(server, settings)
        announced("slow")
        drain.drain("email")
        assert rows("state") == [("sending",)]
        over.clear()
        announced("other")
        assert drain.drain("email") == 2
        assert rows("state") == [("sending",), ("sent",), ("sent",)]
        slow.answer.set()
        wait_until(lambda: rows("state", "possibly_doubled", "attempts") == [("sent", False, 1)] * 3, 10)


def test_an_answer_that_never_comes_leaves_the_row_in_doubt(settings, monkeypatch, over):
    monkeypatch.setattr(late_outcomes, "WAIT_SECONDS", 0.3)
    slow = Slow(over)
    with ScriptedSmtp(slow) as server:
        mail_to(server, settings)
        announced("slow")
        drain.drain("email")
        wait_until(lambda: rows("state", "possibly_doubled", "attempts") == [("queued", True, 1)], 10)
        slow.answer.set()


def test_long_silence_before_the_text_counts_as_an_attempt_and_is_tried_again_later(settings, monkeypatch, over):
    """Else whoever makes a relay silent would be tried again and again, for ever. The second time, where it says
    nothing to anybody: that may be its own state."""
    monkeypatch.setattr(pool, "SILENT_SECONDS", 0.0)
    with ScriptedSmtp(silent(over)) as server:
        mail_to(server, settings)
        announced("silent")
        drain.drain("email")
        assert rows("state", "attempts", "possibly_doubled") == [("queued", 0, False)]
        over.clear()
        drain.drain("email")
        assert rows("state", "attempts", "possibly_doubled") == [("queued", 1, False)]
        assert not Delivery.objects.filter(visible_at__lte=Now()).exists()


def test_a_short_silence_before_the_text_is_nobodys_failure(settings, over):
    with ScriptedSmtp(silent(over)) as server:
        mail_to(server, settings)
        announced("silent")
        drain.drain("email")
        assert rows("state", "attempts", "possibly_doubled") == [("queued", 0, False)]


def test_the_next_letter_does_not_wait_behind_a_silent_dot(settings, monkeypatch, over):
    monkeypatch.setattr(run, "RUN_SECONDS", 5.0)
    monkeypatch.setattr(over, "set", lambda: None)
    monkeypatch.setattr(smtp_connection, "SILENCE_SECONDS", 0.2)
    settings.EMAIL_CONNECTIONS = 2
    slow = Slow(over)
    with ScriptedSmtp(slow) as server:
        mail_to(server, settings)
        announced("slow", "behind", "third")
        began = time.monotonic()
        drain.drain("email")
        assert time.monotonic() - began < smtp_relay.FINAL_DOT_SECONDS / 2
        assert sorted(rows("state")) == [("sending",), ("sent",), ("sent",)]
        slow.answer.set()
        wait_until(lambda: rows("state", "possibly_doubled", "attempts") == [("sent", False, 1)] * 3, 10)


def test_before_the_end_it_is_waited_for_what_may_have_arrived(settings, over):
    slow = Slow(over)
    with ScriptedSmtp(slow) as server:
        mail_to(server, settings)
        announced("slow")
        drain.drain("email")
        threading.Timer(0.3, slow.answer.set).start()
        late_outcomes.finish()
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
        drain.drain("email")
        monkeypatch.setattr(ledger, "settle_all", settle_the_second_time)
        slow.answer.set()
        wait_until(lambda: rows("state", "possibly_doubled") == [("sent", False)], 10)
        assert len(tries) == 2
