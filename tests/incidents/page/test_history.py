from datetime import UTC, date, datetime, timedelta

import pytest

from incidents.actions import publishing, scheduling
from incidents.models import Site
from incidents.page import history
from tests.factories import a_component, an_open_incident

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
QUERIES = 6


@pytest.fixture(autouse=True)
def _a_site():
    Site.load()


def a_past_incident(at, title="Card payments fail", **kwargs):
    incident = an_open_incident(at=at, title=title, **kwargs).incident
    publishing.post_update(
        incident=incident, status="resolved", body="It is over.", by=None, at=at + timedelta(hours=1)
    )
    return incident


def titles(first_day):
    return [story.title for story in history.build(first_day, at=NOW).stories]


@pytest.mark.parametrize("count", [3, 40])
def test_the_number_of_queries_does_not_depend_on_what_happened(count, django_assert_num_queries):
    for number in range(count):
        a_past_incident(NOW - timedelta(hours=number))
    with django_assert_num_queries(QUERIES):
        page = history.build(date(2026, 11, 1), at=NOW)
    assert len(page.stories) == count


def test_a_month_in_which_much_happened_comes_in_parts(monkeypatch):
    monkeypatch.setattr(history, "PER_PART", 2)
    for number in range(5):
        a_past_incident(NOW - timedelta(hours=number), f"Number {number}")
    first_day = date(2026, 11, 1)
    parts = [history.build(first_day, part=part, at=NOW) for part in (1, 2, 3)]
    assert [[story.title[-1] for story in part.stories] for part in parts] == [["0", "1"], ["2", "3"], ["4"]]
    assert [part.url for part in parts] == ["/history/2026-11/", "/history/2026-11/2/", "/history/2026-11/3/"]
    assert [part.later_url for part in parts] == ["", parts[0].url, parts[1].url]
    assert [part.earlier_url for part in parts] == [parts[1].url, parts[2].url, ""]
    with pytest.raises(ValueError, match="has no part 4"):
        history.build(first_day, part=4, at=NOW)


def test_a_story_of_the_month_holds_what_was_said_last_alone():
    incident = a_past_incident(NOW - timedelta(hours=3))
    (story,) = history.build(None, at=NOW).stories
    assert story.latest.public_id == incident.updates.newest_first().first().public_id
    assert "It is over." in story.latest.html


def test_a_month_lists_what_began_in_it_newest_first():
    a_past_incident(datetime(2026, 10, 31, 23, 0, tzinfo=UTC), "October")
    a_past_incident(datetime(2026, 11, 1, 0, 0, tzinfo=UTC), "First")
    a_past_incident(datetime(2026, 11, 9, 0, 0, tzinfo=UTC), "Ninth")
    assert titles(date(2026, 11, 1)) == ["Ninth", "First"]


def test_a_month_is_a_month_of_the_pages_zone():
    Site.objects.update(time_zone="Europe/Berlin")
    a_past_incident(datetime(2026, 9, 30, 22, 30, tzinfo=UTC))
    page = history.build(None, at=NOW)
    assert page.first_day == date(2026, 10, 1)
    assert len(page.stories) == 1


def test_the_neighbours_are_months_that_have_something():
    for month in (3, 7, 11):
        a_past_incident(datetime(2026, month, 5, tzinfo=UTC))
    page = history.build(date(2026, 7, 1), at=NOW)
    assert (page.older.first_day, page.newer.first_day) == (date(2026, 3, 1), date(2026, 11, 1))
    quiet = history.build(date(2026, 5, 1), at=NOW)
    assert (quiet.older.first_day, quiet.newer.first_day) == (date(2026, 3, 1), date(2026, 7, 1))
    assert quiet.stories == ()


def test_all_months_are_listed_by_year_with_their_counts():
    for at in (datetime(2025, 12, 5, tzinfo=UTC), datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 1, 6, tzinfo=UTC)):
        a_past_incident(at)
    years = history.build(None, at=NOW).years
    counts = [(year.number, [(month.first_day.month, month.count) for month in year.months]) for year in years]
    assert counts == [(2026, [(1, 2)]), (2025, [(12, 1)])]


def test_without_a_month_it_is_the_last_that_has_something():
    assert history.build(None, at=NOW).first_day == date(2026, 11, 1)
    a_past_incident(datetime(2026, 2, 5, tzinfo=UTC))
    assert history.build(None, at=NOW).first_day == date(2026, 2, 1)


def test_a_maintenance_is_filed_under_its_window_and_a_plan_not_at_all():
    start = datetime(2026, 10, 5, tzinfo=UTC)
    values = {"body": "We upgrade.", "components": [a_component()], "by": None, "at": start - timedelta(days=20)}
    window = {"scheduled_for": start, "scheduled_until": start + timedelta(hours=1)}
    done = scheduling.schedule_maintenance(title="Done", **values, **window).incident
    scheduling.schedule_maintenance(title="Planned", **values, **window)
    for status in ("in_progress", "completed"):
        publishing.post_update(incident=done, status=status, body="Going on.", by=None, at=start)
    assert titles(date(2026, 10, 1)) == ["Done"]
    assert titles(date(2026, 11, 1)) == []


def test_a_month_that_has_not_begun_is_refused():
    with pytest.raises(ValueError, match="has not begun"):
        history.build(date(2026, 12, 1), at=NOW)


def test_a_month_before_the_first_word_is_refused_and_what_is_hidden_is_no_word():
    with pytest.raises(ValueError, match="before the first word"):
        history.build(date(2026, 10, 1), at=NOW)
    assert history.build(date(2026, 11, 1), at=NOW).stories == ()
    a_past_incident(datetime(2026, 2, 5, tzinfo=UTC))
    a_past_incident(datetime(2025, 6, 5, tzinfo=UTC), is_public=False)
    assert history.build(date(2026, 2, 1), at=NOW).first_day == date(2026, 2, 1)
    for first_day in (date(2026, 1, 1), date(2025, 6, 1), date(1, 1, 1)):
        with pytest.raises(ValueError, match="before the first word"):
            history.build(first_day, at=NOW)


def test_what_is_hidden_is_not_in_the_history():
    a_past_incident(NOW, "CANARY incident", is_public=False)
    hidden = a_component("CANARY component", is_public=False)
    a_past_incident(NOW, components={hidden: "major_outage"})
    assert "CANARY" not in repr(history.build(None, at=NOW))
    assert len(history.build(None, at=NOW).stories) == 1
