"""S29: the log-in is slowed for whoever guesses, and locks out nobody."""

from datetime import timedelta

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.test import Client
from django.utils import timezone

from incidents.models import Site
from statuspage.accounts import brake, site
from statuspage.lib import budgets
from tests.factories import a_user

from .people import PASSWORD, Person, attack, everywhere, wait_as_told

pytestmark = pytest.mark.django_db


def test_a_network_that_guesses_is_slowed_and_told_how_long(lead, clock):
    attacker = Person()
    answers = [attacker.tries(f"name{number}") for number in range(60)]
    checked = [answer for answer in answers if answer.status_code == 200]
    assert len(checked) == brake.NETWORK.at_once
    assert answers[-1].status_code == 429
    assert int(answers[-1]["Retry-After"]) <= brake.NETWORK.every
    assert f"Please wait {answers[-1]['Retry-After']} seconds" in answers[-1].text
    assert "Nobody is locked out" in answers[-1].text
    wait_as_told(clock, answers[-1])
    assert attacker.tries().status_code == 200


def test_the_lead_at_a_known_browser_logs_in_at_once_whatever_attackers_do(lead):
    known = Person()
    assert known.logs_in()
    assert attack(tries=100).status_code == 429
    for _ in range(60):
        Person(known.network).tries()
    assert known.logs_in()
    assert known.logs_in(network="192.0.2")


def test_the_lead_at_a_new_browser_in_another_network_waits_seconds(lead, clock):
    assert attack(tries=100).status_code == 429
    new = Person()
    wait_as_told(clock, new.tries(password=PASSWORD))
    attack(tries=100)
    assert new.logs_in()
    assert timezone.now() - lead.date_joined <= timedelta(seconds=brake.TURN_AFTER)


def test_names_at_random_from_everywhere_do_not_lock_out_either(lead, clock):
    for number, network in zip(range(200), everywhere(), strict=False):
        Person(network).tries(f"name{number}")
    new = Person()
    wait_as_told(clock, new.tries(password=PASSWORD))
    assert new.logs_in()


def test_an_attacker_from_everywhere_is_hardly_checked(lead, monkeypatch):
    checked = []
    verify = Argon2PasswordHasher.verify
    monkeypatch.setattr(Argon2PasswordHasher, "verify", lambda *given: checked.append(given[1]) or verify(*given))
    attack(tries=300)
    assert len(checked) == brake.NAME.at_once


def test_a_turn_that_comes_too_soon_or_from_elsewhere_is_none(lead, clock):
    attack()
    new = Person()
    answer = new.tries(password=PASSWORD)
    clock.shift(timedelta(seconds=int(answer["Retry-After"]) - 1))
    early = new.tries(password=PASSWORD)
    assert (early.status_code, early["Retry-After"]) == (429, "1")
    assert "login-turn" not in early.cookies  # the wait does not begin anew
    clock.shift(timedelta(seconds=1))
    elsewhere = Person("203.0.113")
    elsewhere.client.cookies = new.client.cookies.copy()
    assert elsewhere.tries(password=PASSWORD).status_code == 429
    assert new.logs_in()


def test_turns_are_no_way_around_the_budget(lead, clock):
    attack()
    patient = Person()
    patient.tries()
    clock.shift(timedelta(seconds=brake.TURN_AFTER))
    attack()
    assert [patient.tries().status_code for _ in range(8)].count(200) <= brake.PATIENT.at_once


def test_a_right_password_counts_as_no_try(lead):
    for _ in range(3 * brake.HOUSE.at_once):
        assert Person().logs_in()


def test_known_and_unknown_names_get_the_same_answers(lead):
    """Byte for byte, but for the name itself and the token of the form."""

    def answers(name):
        person = Person("192.0.2")
        budgets.counts = budgets.Memory(budgets.counts.clock)
        return [
            (answer.status_code, answer.get("Retry-After"), sorted(answer.cookies), shape(answer.text, name))
            for answer in (person.tries(name) for _ in range(20))
        ]

    def shape(text, name):
        token = text.partition('name="csrfmiddlewaretoken" value="')[2][:64]
        return text.replace(token, "").replace(name, "NAME")

    a_user("gone", password=PASSWORD, is_active=False)
    assert answers("lead") == answers("mole") == answers("gone")


def test_known_and_unknown_names_ask_the_database_the_same(lead, django_assert_num_queries):
    Site.load()
    for name in ("lead", "mole"):
        with django_assert_num_queries(4):
            assert Person().tries(name).status_code == 200


def test_what_was_typed_is_still_there_but_for_the_password(lead):
    attack('le"><b>ad')
    answer = Person().tries('le"><b>ad', password="s3cret", next="/admin/console/")
    assert answer.status_code == 429
    assert 'value="le&quot;&gt;&lt;b&gt;ad"' in answer.text
    assert 'name="next" value="/admin/console/"' in answer.text
    assert "s3cret" not in answer.text
    assert "[[" not in answer.text


def test_no_room_for_a_check_is_a_wait_of_a_second(lead, clock):
    taken = 0
    while site._strangers.acquire(blocking=False):
        taken += 1
    try:
        person, known = Person(), Person()
        answer = person.tries(password=PASSWORD)
        assert (answer.status_code, answer["Retry-After"]) == (429, "1")
    finally:
        site._strangers.release(taken)
    assert known.logs_in()
    assert person.logs_in()


def test_whoever_finds_an_open_session_guesses_the_password_no_faster(lead, clock):
    client = Client()
    client.force_login(lead)
    new = {"new_password1": "quite-another-one", "new_password2": "quite-another-one"}

    def change(old):
        return client.post("/admin/password_change/", {"old_password": old, **new})

    answers = [change(f"guess{number}") for number in range(20)]
    assert [answer.status_code for answer in answers] == [200] * brake.CHANGES.at_once + [429] * 15
    assert "Nothing was changed" in answers[-1].text
    wait_as_told(clock, answers[-1])
    assert change(PASSWORD).status_code == 302


def test_as_long_as_a_flood_lasts_it_gets_nothing_of_what_drains(lead, clock):
    """Else it would take each free place from whoever waits for a turn."""
    networks, statuses = everywhere(), []
    for _ in range(60):
        clock.shift(timedelta(seconds=1))
        statuses += [Person(next(networks)).tries().status_code for _ in range(3)]
    assert statuses.count(200) <= brake.NAME.at_once + 1
    assert set(statuses[-150:]) == {429}
    clock.shift(timedelta(seconds=brake.CALM_AFTER + brake.NAME.every))
    assert Person().logs_in()


def test_a_turn_that_finds_no_room_is_not_used_up(lead, clock):
    attack()
    patient = Person()
    patient.tries()
    clock.shift(timedelta(seconds=brake.TURN_AFTER))
    taken = 0
    while site._strangers.acquire(blocking=False):
        taken += 1
    try:
        answers = [patient.tries(password=PASSWORD) for _ in range(5 * brake.PATIENT.at_once)]
    finally:
        site._strangers.release(taken)
    assert {(answer.status_code, answer["Retry-After"]) for answer in answers} == {(429, "1")}
    assert patient.logs_in()
