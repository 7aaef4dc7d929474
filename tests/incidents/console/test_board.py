import re
from datetime import timedelta

import pytest
from django.utils import timezone

from incidents.actions import publishing, scheduling
from tests.factories import a_component, an_open_incident
from tests.incidents.console.conftest import a_template


def a_maintenance(title, begins):
    """Planned an hour before it begins, for an hour and a bit."""
    window = {"scheduled_for": begins, "scheduled_until": begins + timedelta(hours=2)}
    return scheduling.schedule_maintenance(
        title=title, body="We upgrade.", components=[], by=None, at=begins - timedelta(hours=1), **window
    )


pytestmark = pytest.mark.django_db


def test_an_empty_board_teaches_and_says_when_no_words_are_approved(lead):
    page = lead.get("console:board").text
    assert "Nothing is open" in page
    assert "Open an incident" in page
    assert "There is no approved text yet" in page
    a_template()
    assert "There is no approved text yet" not in lead.get("console:board").text


def test_it_says_what_is_open_what_is_overdue_and_what_to_do(lead):
    now = timezone.now()
    an_open_incident(a_component("Payments"), title="Late", next_update_at=now - timedelta(minutes=5))
    an_open_incident(title="In time", next_update_at=now + timedelta(hours=1))
    page = lead.get("console:board").text
    assert page.index("Late") < page.index("In time")
    assert "Next update was due" in page
    assert "Post an update" in page
    assert "Payments" in page


def test_a_planned_maintenance_offers_its_start(lead):
    now = timezone.now()
    scheduling.schedule_maintenance(
        title="Upgrade",
        body="We upgrade.",
        components=[],
        scheduled_for=now + timedelta(hours=2),
        scheduled_until=now + timedelta(hours=3),
        by=None,
        at=now,
    )
    page = lead.get("console:board").text
    assert "Start it" in page
    assert "Begins" in page


@pytest.mark.parametrize(
    ("begins", "status", "words"),
    [(-5, None, "Should have begun"), (-125, "in_progress", "Should have ended"), (60 * 143, None, "in 5 days 23 h")],
)
def test_a_window_is_spoken_of_in_sentences(lead, begins, status, words):
    now = timezone.now()
    begins = now + timedelta(minutes=begins, seconds=30)
    incident = a_maintenance("Upgrade", begins).incident
    if status:
        publishing.post_update(incident=incident, status=status, body="Now.", by=None, at=now)
    page = lead.get("console:board").text
    assert words in page
    assert "was due" not in page


def test_planned_work_stands_in_the_order_in_which_it_begins(lead):
    now = timezone.now()
    for days in (3, 6, 1):
        a_maintenance(f"In {days} days", now + timedelta(days=days))
    assert re.findall(r">In (\d) days<", lead.get("console:board").text) == ["1", "3", "6"]


def test_the_front_page_keeps_its_title_when_it_fetches_the_board(lead):
    assert '"ignoreTitle":true' in lead.get("admin:index").text


def test_what_was_closed_last_stands_below(lead):
    incident = an_open_incident(title="Over").incident
    publishing.post_update(incident=incident, status="resolved", body="Done.", by=None, at=timezone.now())
    page = lead.get("console:board").text
    assert page.index("Nothing is open") < page.index("Over")


def test_its_queries_do_not_grow_with_what_is_open(lead, django_assert_max_num_queries):
    for _ in range(8):
        an_open_incident(a_component(), a_component())
    with django_assert_max_num_queries(16):
        lead.get("console:board")
