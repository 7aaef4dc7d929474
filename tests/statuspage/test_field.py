"""How `make field` counts and judges; the servers themselves are its own."""

import os
from collections import Counter

import pytest

from subscribers.models import Delivery, Suppression
from tests.deliveries import announced
from tests.factories import a_subscriber
from tests.field import table, trial
from tests.field.chroot import Root
from tests.field.packages import Missing
from tests.field.source import Best

GOOD = trial.Result(
    readers=3, seconds=2.5, handed=[2.0, 5.0, 0.5, 1.0], lost=0, doubled=0, waiting=0, charged=0, suppressed=0
)


@pytest.fixture(autouse=True)
def nothing_said_yet(monkeypatch):
    monkeypatch.setattr(table, "_bad", [])


@pytest.mark.django_db
def test_what_came_out_is_counted_by_reader_beside_what_still_waits(monkeypatch):
    monkeypatch.setattr(trial, "NOTICES", 1)
    announced("one@example.test", "two@example.test", "three@example.test", "four@example.test")
    sent = Delivery.objects.exclude(subscriber__address="four@example.test")
    sent.update(state="sent", attempts=1)
    sent.filter(subscriber__address="two@example.test").update(attempts=2)
    result = trial.count(4, None, [], Counter({"<1@x>": 1, "<2@x>": 2}), 1)
    assert (result.lost, result.doubled, result.waiting, result.charged, result.once) == (1, 1, 1, 1, 1)
    assert not result.is_good


@pytest.mark.django_db
def test_a_suppressed_reader_is_bad_and_a_late_one_is_not():
    a_subscriber("one@example.test")
    Suppression.objects.create(channel="email", address="one@example.test", reason="Bounced")
    assert not trial.count(0, 1.0, [1.0], Counter(), 1).is_good
    assert GOOD._replace(waiting=1, charged=1).is_good


@pytest.mark.parametrize("what", ["lost", "doubled", "suppressed"])
def test_a_broken_promise_is_named_and_fails(what, capsys):
    table.row("Relay 1", GOOD._replace(**{what: 1}), Best([0.4, 1.0, 1.3], 5))
    assert table.verdict() == 1
    assert capsys.readouterr().out.endswith("BAD\nBAD: Relay 1\n")


def test_what_cannot_be_had_is_said_and_fails_nothing(capsys):
    table.row("Relay 1", GOOD, Best([0.4, 1.0, 1.3], 5))
    table.not_tried("Relay 2", "no such\n package")
    assert table.verdict() == 0
    printed = capsys.readouterr().out
    assert "1.00 s with 5 sessions: 0.50, 1.00" in printed
    assert "not tried: no such package" in printed


@pytest.mark.parametrize(
    ("handed", "shown"), [([], []), ([2.0], [2.0]), ([2.0, 1.0], [2.0, 1.0]), ([2.0, 3.0, 1.0, 1.5], [2.0, 1.5])]
)
def test_the_first_notice_stands_beside_the_median_of_the_others(handed, shown):
    assert GOOD._replace(handed=handed).first_and_others == shown


@pytest.mark.django_db
def test_what_others_sent_through_the_same_server_is_not_counted():
    class Server:
        channel = "email"

        def arrived(self):
            return [mine, "<4f.1@relay.example>", mine, ""]

    mine = f"<{announced().public_id}.1@status.example.test>"
    assert trial.ours(Server()) == [mine, mine]


def test_a_root_directory_of_its_own_needs_root_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    with pytest.raises(Missing, match="needs root"):
        Root(tmp_path, {})
