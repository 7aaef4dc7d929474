"""C37: guessed, tampered and old links open nothing, all with one answer, and are slowed; those that work never."""

import re
from pathlib import Path

import pytest
from django.test import Client

from statuspage.guesses import PURPOSES
from statuspage.lib import budgets, tokens
from statuspage.lib.limits import MISSES
from subscribers import links
from subscribers.models import Confirmation
from tests.factories import a_subscriber

pytestmark = pytest.mark.django_db
CHECKOUT = Path(__file__).resolve().parents[2]
NETWORK = "203.0.113"


@pytest.fixture(autouse=True)
def _no_time_passes(monkeypatch):
    """Else a slow machine may do again what it has just used up."""
    monkeypatch.setattr(budgets, "counts", budgets.Memory(lambda: 1000.0))


def open_(path, method="get", network=NETWORK, **fields):
    return getattr(Client(), method)(path, fields, REMOTE_ADDR=f"{network}.9")


def guesses(number):
    """Of each kind in turn: made up, for another purpose, tampered with, of nobody."""
    token = tokens.make("subscription", 1_000_000 + number, 1)
    kinds = (
        f"/subscription/guess{number}/",
        f"/subscription/{tokens.make('confirm', number)}/",
        f"/subscription/{token[:-1]}/unsubscribe/",
        f"/subscription/{token}/",
        f"/subscription/guess{number}/confirm/",
        f"/s/guess-{number:014}/",
        f"/receipts/sms/guess{number}/",
    )
    return kinds[number % len(kinds)]


def use_up():
    answers = [open_(f"/subscription/guess{number}/").status_code for number in range(MISSES.at_once + 1)]
    assert answers == [404] * MISSES.at_once + [429]


@pytest.mark.parametrize("number", range(7))
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_network_that_guesses_is_told_to_wait(number, method):
    use_up()
    path = guesses(number)
    answer = open_(path, method)
    assert answer.status_code == 429
    assert f"Please wait {answer['Retry-After']} second" in answer.text
    assert answer["Cache-Control"] in ("no-store", "private, no-store")
    assert answer["Referrer-Policy"] == "no-referrer"
    assert path not in answer.text


def test_the_wait_ends_and_other_networks_have_none(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(budgets, "counts", budgets.Memory(lambda: now[0]))
    use_up()
    assert open_("/subscription/guess/", network="198.51.100").status_code == 404
    now[0] += int(open_("/subscription/guess/")["Retry-After"])
    assert open_("/subscription/guess/").status_code == 404


def test_links_that_work_go_on_working_from_a_network_that_guesses():
    readers = [a_subscriber() for _ in range(3)]
    confirmation = Confirmation.objects.create(subscriber=a_subscriber(confirmed_at=None))
    use_up()
    assert open_(f"/subscription/{links.confirmation_token(confirmation)}/confirm/").status_code == 200
    for reader in readers:
        token = links.subscription_token(reader)
        assert open_(f"/subscription/{token}/").status_code == 200
        assert open_(f"/s/{token}/").status_code == 302


def test_a_mail_provider_ends_any_number_of_subscriptions_from_one_network():
    use_up()
    readers = [a_subscriber() for _ in range(2 * MISSES.at_once)]
    one_click = {"List-Unsubscribe": "One-Click"}
    answers = [
        open_(f"/subscription/{links.subscription_token(reader)}/unsubscribe/", "post", **one_click)
        for reader in readers
    ]
    assert {answer.status_code for answer in answers} == {200}
    assert not type(readers[0]).objects.filter(unsubscribed_at=None).exists()


def test_a_flood_of_guesses_asks_the_database_nothing(django_assert_num_queries):
    use_up()
    with django_assert_num_queries(0):
        for _ in range(20):
            assert open_("/subscription/guess/").status_code == 429


def test_what_is_not_there_without_a_token_is_just_not_there():
    use_up()
    assert {open_(f"/nowhere/{number}").status_code for number in range(2 * MISSES.at_once)} == {404}


def test_every_purpose_of_a_token_in_an_address_is_known():
    """Whoever makes a new kind of link adds its purpose, or it is held up like a guess."""
    made = set()
    rooms = (CHECKOUT / "subscribers", CHECKOUT / "statuspage" / "setup")
    for path in (file for room in rooms for file in room.rglob("*.py")):
        source = path.read_text()
        named = dict(re.findall(r'^(_[A-Z]+) = "([a-z ]+)"', source, re.MULTILINE))
        for pair in re.findall(r"^(_[A-Z]+), (_[A-Z]+) = ", source, re.MULTILINE):
            named |= dict(zip(pair, re.findall(r'= "([a-z ]+)", "([a-z ]+)"', source)[0], strict=True))
        for name in re.findall(r'tokens\.make\(("[a-z ]+"|_[A-Z]+)', source):
            made.add(name.strip('"') if name.startswith('"') else named[name])
    in_no_path = {"sms incoming"}
    assert made - in_no_path == set(PURPOSES)
