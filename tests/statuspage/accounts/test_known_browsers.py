"""S29: a browser that somebody logged in with before, and what it is no pass for."""

import pytest

from statuspage.accounts import brake
from tests.factories import a_user

from .people import PASSWORD, Person, attack, wait_as_told

pytestmark = pytest.mark.django_db


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
