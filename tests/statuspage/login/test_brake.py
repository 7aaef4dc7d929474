"""S29: the log-in is slowed for whoever guesses, and locks out nobody."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.test import Client
from django.utils import timezone

from incidents.models import AuditEvent
from statuspage.lib import budgets
from statuspage.login import brake, record, site
from tests.factories import a_user

pytestmark = pytest.mark.django_db
PASSWORD = "for-this-test-only"
START = "2026-11-30T03:00:00Z"


@pytest.fixture(autouse=True)
def _cheap_passwords(monkeypatch, settings):
    """Argon2 at its least: these tests try hundreds."""
    for cost, least in {"time_cost": 1, "memory_cost": 64, "parallelism": 1}.items():
        monkeypatch.setattr(Argon2PasswordHasher, cost, least)
    settings.TRUSTED_PROXIES = 1
    record.unwritten.taken()


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=False) as clock:
        yield clock


@pytest.fixture
def lead(clock):
    return a_user("lead", password=PASSWORD)


class Person:
    """Somebody at a browser in a network."""

    def __init__(self, network="198.51.100"):
        self.client, self.network = Client(), network

    def tries(self, name="lead", password="wrong", *, network=None, **fields):
        headers = {"x-forwarded-for": f"{network or self.network}.7"}
        return self.client.post(
            "/admin/login/", {"username": name, "password": password, "next": "/admin/", **fields}, headers=headers
        )

    def logs_in(self, **more) -> bool:
        return self.tries(password=PASSWORD, **more).status_code == 302


def everywhere():
    """A network nobody came from before, each time."""
    return (f"10.{number // 250}.{number % 250}" for number in range(60_000))


def attack(name="lead", tries=40):
    """From a new network each time; the last answer."""
    networks = everywhere()
    return [Person(next(networks)).tries(name) for _ in range(tries)][-1]


def wait_as_told(clock, answer):
    assert answer.status_code == 429
    clock.shift(timedelta(seconds=int(answer["Retry-After"])))


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


def test_a_known_browser_has_a_budget_too(lead, clock):
    known = Person()
    known.logs_in()
    answers = [known.tries() for _ in range(20)]
    assert [answer.status_code for answer in answers].count(200) == brake.KNOWN.at_once
    wait_as_told(clock, answers[-1])
    assert known.logs_in()


def test_a_known_browser_is_no_pass_for_another_name(lead):
    a_user("admin", password=PASSWORD)
    known = Person()
    assert known.logs_in()
    attack("admin")
    assert known.tries("admin").status_code == 429


def test_a_known_browser_is_unknown_once_the_password_changed(lead):
    known = Person()
    known.logs_in()
    lead.set_password("another-for-this-test")
    lead.save()
    attack()
    assert known.tries(password="another-for-this-test").status_code == 429


@pytest.mark.parametrize("forge", [lambda value: value[:-2] + "AA", lambda value: "", lambda value: value + ".x"])
def test_a_forged_pass_is_none(lead, forge):
    known = Person()
    known.logs_in()
    attack()
    cookie = known.client.cookies["known-browser"].value
    known.client.cookies["known-browser"] = forge(cookie)
    assert known.logs_in() is forge(cookie).startswith(cookie + ".")


def test_a_browser_that_several_people_use_is_known_for_each(lead):
    a_user("support", password=PASSWORD)
    shared = Person()
    assert shared.logs_in()
    assert shared.logs_in(name="support")
    attack()
    attack("support")
    assert shared.logs_in()
    assert shared.logs_in(name="support")


def test_the_pass_reaches_no_script_no_other_site_and_no_other_page(lead, settings):
    settings.SESSION_COOKIE_SECURE = True
    answer = Person().tries(password=PASSWORD)
    cookie = answer.cookies["known-browser"]
    assert (cookie["path"], cookie["samesite"]) == ("/admin/login/", "Strict")
    assert cookie["httponly"]
    assert cookie["secure"]
    assert cookie["max-age"] == 180 * 86_400


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
    for name in ("lead", "mole"):
        with django_assert_num_queries(3):
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


def test_log_ins_and_tries_are_in_the_audit_without_password_or_unknown_name(lead):
    Person().logs_in()
    Person("203.0.113").tries(password="s3cret")
    Person("203.0.113").tries("my-p4ssword", password="lead")
    rows = [
        (event.by_name, event.action, event.subject, event.detail["network"])
        for event in AuditEvent.objects.order_by("id")
    ]
    assert rows == [
        ("lead", "logged in", "lead", "198.51.100.0/24"),
        ("somebody", "tried to log in as", "lead", "203.0.113.0/24"),
        ("somebody", "tried to log in as", "an unknown name", "203.0.113.0/24"),
    ]
    assert "s3cret" not in str(AuditEvent.objects.values())
    assert "p4ssword" not in str(AuditEvent.objects.values())


def test_a_flood_writes_few_rows_and_each_says_how_many_were_not_written(lead, clock):
    attack(tries=300)
    assert AuditEvent.objects.count() == brake.NAME.at_once
    clock.shift(timedelta(hours=1))
    Person().tries()
    assert AuditEvent.objects.latest("id").detail["not_written"] == 300 - brake.NAME.at_once
    for hour in range(24):
        clock.move_to(timezone.now() + timedelta(hours=1))
        for number, network in zip(range(20), everywhere(), strict=False):
            Person(network).tries(f"name{hour}{number}")
    assert AuditEvent.objects.count() < 24 * 3600 / record._OF_ALL.every


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
