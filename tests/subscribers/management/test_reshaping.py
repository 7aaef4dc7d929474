"""Merging and splitting off at a prompt, by the rules of the console."""

import pytest
from django.utils import timezone

from incidents.actions import publishing
from incidents.models import AuditEvent, Incident
from subscribers.models import AffectedCustomer
from tests.factories import a_component, a_subscriber, an_open_incident
from tests.subscribers.management.test_incident import refusal, run

pytestmark = pytest.mark.django_db


@pytest.fixture
def payments():
    return a_component("Payments")


@pytest.fixture
def reports():
    return a_component("Reports")


@pytest.fixture
def cards(payments):
    return an_open_incident(payments, title="Card payments fail").incident


@pytest.fixture
def checkout(payments, reports):
    return an_open_incident(payments, reports, title="Checkout is down").incident


def test_it_merges_and_says_where_it_goes_on_and_who_hears_it(cards, checkout):
    a_subscriber()
    said = run("merge", checkout.public_id, cards.public_id).splitlines()
    checkout.refresh_from_db()
    assert checkout.merged_into == cards
    latest = cards.updates.order_by("-pk").exclude(announcement=None).first()
    assert latest.body.startswith("“Checkout is down” and this are one incident.")
    assert said == [
        f"Incident:     {cards.public_id}",
        f"Address:      {cards.get_public_url()}",
        f"Announcement: {latest.announcement.public_id}",
        "Goes to:      1 person by e-mail",
    ]
    assert AuditEvent.objects.filter(action="merged", by_name="command line").count() == 2


def test_a_dry_run_of_a_merge_counts_who_is_linked_to_either_and_writes_nothing(cards, checkout):
    AffectedCustomer.objects.create(incident=checkout, subscriber=a_subscriber(confirmed_at=None), name="ACME")
    said = run("merge", checkout.public_id, cards.public_id, "--body", "Both are one.", "--dry-run")
    assert "Would say:    [Investigating] Card payments fail\n  Both are one.\n" in said
    assert "Would go to:  1 person by e-mail" in said
    assert checkout.updates.count() == 1
    checkout.refresh_from_db()
    assert checkout.merged_into is None


def test_a_promise_that_stands_goes_on(cards, checkout):
    run("update", cards.public_id, "--body", "We look.", "--next-update", "45m")
    cards.refresh_from_db()
    before = cards.next_update_at
    run("merge", checkout.public_id, cards.public_id)
    cards.refresh_from_db()
    assert cards.next_update_at == before


@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
def test_a_merge_that_cannot_be_is_refused_in_words(cards, checkout, dry):
    assert refusal("merge", cards.public_id, cards.public_id, *dry) == [
        "An incident cannot be merged with itself. Choose another."
    ]
    assert "There is no incident nothing." in refusal("merge", cards.public_id, "nothing", *dry)[0]
    publishing.post_update(incident=cards, status="resolved", body="Over.", by=None, at=timezone.now())
    assert "is resolved" in refusal("merge", checkout.public_id, cards.public_id, *dry)[0]


def test_a_time_in_the_words_that_differs_is_asked_about(cards, checkout):
    asked = ("merge", checkout.public_id, cards.public_id, "--body", "Next update in 30 minutes.")
    assert "no time is given here" in refusal(*asked)[0]
    run(*asked, "--anyway")


def test_the_same_key_merges_once(cards, checkout):
    for _ in range(2):
        run("merge", checkout.public_id, cards.public_id, "--key", "k")
    assert cards.announcements.count() == 2


def split(checkout, *more):
    title = ("--title", "Reports are late", "--body", "Reports come late.")
    return "split", checkout.public_id, "--component", "reports", *title, *more


def test_it_splits_off_and_says_the_address_of_the_new_one(checkout, reports):
    said = run(*split(checkout))
    new = Incident.objects.get(is_split_off=True)
    assert new.get_public_url() in said
    assert (new.title, new.severity, list(new.components.all())) == ("Reports are late", checkout.severity, [reports])


def test_a_dry_run_of_a_split_writes_nothing(checkout):
    assert "[Investigating] Reports are late" in run(*split(checkout, "--dry-run"))
    assert Incident.objects.count() == 1


@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
def test_a_split_that_cannot_be_is_refused_by_the_option_that_mends_it(checkout, cards, dry):
    assert refusal(*split(checkout, "--component", "Payments", *dry)) == [
        "--component: One at least must stay, or it is the same incident: leave one out."
    ]
    assert refusal(*split(cards, *dry)) == ["--component: This incident does not affect Reports."]
    assert refusal(*split(checkout, "--component", "Nothing", *dry))[0].startswith("--component: There is no component")
    assert refusal(*split(checkout, "--status", "resolved", *dry)) == [
        "--status: A new incident cannot begin as resolved."
    ]
    assert refusal("split", checkout.public_id, "--component", "Reports", *dry) == [
        "--body: Write what customers should know.",
        "--title: Say in one line what is wrong.",
    ]
