"""C35: a bot signs up so many and no more; a crowd of people is told to wait, and loses nothing it typed."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from statuspage.lib import limits
from statuspage.lib.budgets import Budget
from subscribers.models import Delivery, Subscriber
from tests.factories import a_component, a_subscriber

pytestmark = pytest.mark.django_db


@pytest.fixture
def few(monkeypatch):
    """The same limits with smaller numbers: each sign-up is a transaction."""
    monkeypatch.setattr(limits, "SIGN_UPS_OF_NETWORK", Budget("of-network", 5, 60))
    monkeypatch.setattr(limits, "SIGN_UPS", Budget("all", 12, 6))


@pytest.fixture
def clock():
    with time_machine.travel("2026-11-30T03:00:00Z", tick=False) as clock:
        yield clock


def sign_up(address, network="203.0.113", **fields):
    form = {"channel": "email", "email": address, "scope": "everything", "email_pace": "every", **fields}
    return Client().post("/subscribe/", form, REMOTE_ADDR=f"{network}.9")


def bot(number, network="203.0.113"):
    return [sign_up(f"reader{each}@{network}.example.test", network) for each in range(number)]


@pytest.mark.usefixtures("few")
def test_a_bot_in_one_network_gets_so_far_and_no_further(clock):
    answers = bot(20)
    assert [answer.status_code for answer in answers] == [302] * 5 + [429] * 15
    assert Delivery.objects.count() == 5
    assert sign_up("ada@example.test", "198.51.100").status_code == 302


@pytest.mark.usefixtures("few")
def test_bots_from_everywhere_are_counted_together(clock):
    answers = [sign_up(f"reader{each}@example.test", f"10.0.{each}") for each in range(40)]
    assert [answer.status_code for answer in answers] == [302] * 12 + [429] * 28
    clock.shift(timedelta(seconds=int(answers[-1]["Retry-After"])))
    assert sign_up("ada@example.test", "198.51.100").status_code == 302


@pytest.mark.usefixtures("few")
def test_whoever_comes_too_late_is_told_so_and_finds_what_they_typed(clock):
    a_component("Cards")
    search = a_component("Search")
    bot(5)
    fields = {"scope": "chosen", "components": [search.public_id], "email_pace": "milestones"}
    answer = sign_up("ada@example.test", **fields)
    assert (answer.status_code, answer["Retry-After"]) == (429, "60")
    assert "Please press Subscribe again in 60 seconds." in answer.text
    assert 'value="ada@example.test"' in answer.text
    assert f'value="{search.public_id}" checked' in answer.text
    assert 'value="milestones" checked' in answer.text
    clock.shift(timedelta(seconds=60))
    assert sign_up("ada@example.test", **fields).status_code == 302


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("used_up", [False, True])
def test_the_answer_tells_nothing_of_the_address(clock, used_up):
    """S17: the same bytes for one that is known, unknown, or asked for the thousandth time."""
    a_subscriber("ada@example.test")
    if used_up:
        bot(5)

    def answer(address):
        came = sign_up(address, "203.0.113" if used_up else "198.51.100")
        token = came.text.partition('name="csrfmiddlewaretoken" value="')[2][:64]
        text = came.text.replace(address, "ADDRESS")
        return came.status_code, came.get("Location"), text.replace(token, "") if token else text

    assert answer("ada@example.test") == answer("new@example.test") == answer("ada@example.test")


def test_one_victim_gets_two_mails_whoever_asks_how_often(clock):
    for each in range(60):
        assert sign_up("victim@example.test", f"10.0.{each}").status_code == 302
    assert Delivery.objects.count() == 2


def test_a_form_that_is_not_right_uses_up_nothing(clock, monkeypatch):
    monkeypatch.setattr(limits, "SIGN_UPS_OF_NETWORK", Budget("of-network", 1, 60))
    assert {sign_up("nobody").status_code for _ in range(5)} == {422}
    assert sign_up("ada@example.test").status_code == 302


def test_the_worst_day_is_within_the_limits():
    """5,000 in ten minutes, an office of 900 behind one address among them."""
    from statuspage.lib.budgets import Memory

    now = [0.0]
    counts = Memory(lambda: now[0])
    refused = 0
    for number in range(5_000):
        now[0] = number * 600 / 5_000
        network = "office" if number % 6 == 0 else f"home{number}"
        refused += bool(counts.take(limits.SIGN_UPS_OF_NETWORK, network) or counts.take(limits.SIGN_UPS, "all"))
    assert refused == 0
    assert Subscriber.objects.count() == 0
