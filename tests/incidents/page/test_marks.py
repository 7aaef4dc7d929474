"""Words that were withdrawn, and those that correct others, are told apart wherever an update is read."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar

from incidents.actions import publishing, recalling, scheduling
from incidents.models import Incident, Site
from incidents.page import calendar, feeds, statuspage_v2
from incidents.page.incident_views import build_summaries, build_views
from incidents.page.marks import mark
from tests.factories import an_open_incident

pytestmark = pytest.mark.django_db
TWO = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
WITHDRAWN, CORRECTION = "Withdrawn 02:02 UTC", "Correction of 02:00 UTC"


def minutes(number: int) -> datetime:
    return TWO + timedelta(minutes=number)


def recall(update):
    recalling.recall(announcement=update.announcement, reason="Wrong.", by=None, at=minutes(2))


@pytest.fixture
def first():
    return an_open_incident(at=minutes(-10), body="We look into it.")


@pytest.fixture
def wrong(first):
    """An update of 02:00 that was withdrawn at 02:02."""
    update = publishing.post_update(
        incident=first.incident, status="mitigating", body="All payments fail.", by=None, at=TWO
    )
    recall(update)
    return update


@pytest.fixture
def right(wrong):
    """Its correction of 02:05."""
    return publishing.post_update(
        incident=wrong.incident,
        status="mitigating",
        body="Only refunds fail.",
        by=None,
        at=minutes(5),
        corrects=wrong.announcement,
    )


def story(incident):
    return build_views([Incident.all_kinds.with_timeline().get(pk=incident.pk)], codes=frozenset(), at=minutes(9))[0]


def abstract(incident):
    return build_summaries([Incident.all_kinds.with_latest().get(pk=incident.pk)], codes=frozenset(), at=minutes(9))[0]


def test_a_mark_names_the_day_only_where_it_is_another():
    about = {"said_at": TWO, "zone": UTC, "corrects_at": None}
    assert mark(withdrawn_at=minutes(2), **about) == WITHDRAWN
    assert mark(withdrawn_at=TWO + timedelta(days=1), **about) == "Withdrawn 02:00 UTC on 22 November 2026"
    assert mark(withdrawn_at=None, **about) == ""


def test_a_correction_that_was_withdrawn_itself_bears_both_marks(right):
    recall(right)
    assert story(right.incident).updates[0].mark(UTC) == f"{WITHDRAWN}, {CORRECTION}"


def test_withdrawn_words_speak_for_nobody_in_story_and_history(first, wrong):
    assert story(first.incident).latest.public_id == first.public_id
    assert abstract(first.incident).latest.public_id == first.public_id


def test_the_correction_speaks_for_the_incident(right):
    assert story(right.incident).latest.public_id == right.public_id
    assert abstract(right.incident).latest.public_id == right.public_id


def test_an_incident_of_which_everything_was_withdrawn_says_nothing(first, client):
    recall(first)
    assert story(first.incident).latest is None
    assert abstract(first.incident).latest is None
    for address in ("/", first.incident.get_absolute_url(), "/history/2026-11/"):
        assert client.get(address).status_code == 200


def test_the_page_strikes_withdrawn_words_out_and_says_so(right, client):
    for address in ("/", right.incident.get_absolute_url()):
        page = client.get(address).content.decode()
        struck = page.partition("<del>")[2].partition("</del>")[0]
        assert "All payments fail." in struck
        assert page.count("<del>") == 1
        assert "<strong>Withdrawn <time" in page
        assert "Correction of <time" in page


def test_the_front_page_says_that_the_newest_update_was_withdrawn(wrong, client):
    page = client.get("/").content.decode()
    assert "We withdrew our update of" in page
    assert "1 other update<" in page


@pytest.mark.parametrize("write", [feeds.atom, feeds.rss, feeds.json])
def test_feeds_mark_both(right, write):
    text = write(at=minutes(9))
    assert text.count(f"({WITHDRAWN})") == text.count(f"({CORRECTION})") == 1


def test_a_feed_is_dated_by_the_withdrawal(wrong):
    (item,) = json.loads(feeds.json(at=minutes(9)))["items"]
    assert item["date_modified"] == "2026-11-21T02:02:00+00:00"


def test_the_fields_api_begins_the_text_with_the_mark(first, wrong, right):
    (incident,) = statuspage_v2.incidents()["incidents"]
    told = {update["id"]: update for update in incident["incident_updates"]}
    assert told[wrong.public_id]["body"] == f"{WITHDRAWN}: All payments fail."
    assert told[wrong.public_id]["updated_at"] == "2026-11-21T02:02:00.000Z"
    assert told[right.public_id]["body"] == f"{CORRECTION}: Only refunds fail."
    assert told[first.public_id]["body"] == "We look into it."


def test_a_calendar_takes_what_holds_as_a_new_revision():
    planned = scheduling.schedule_maintenance(
        title="Upgrade",
        body="All payments stop.",
        components=[],
        scheduled_for=minutes(600),
        scheduled_until=minutes(660),
        by=None,
        at=TWO,
    )
    recall(planned)
    (event,) = Calendar.from_ical(calendar.build(at=minutes(9))).walk("VEVENT")
    assert "All payments stop." not in event["description"]
    assert (event["sequence"], event["last-modified"].dt) == (1, minutes(2))


def test_a_recall_renews_the_page_and_forbids_older_answers(first):
    before = Site.load().page_version
    recall(first)
    site = Site.load()
    assert site.page_version == site.oldest_shown == before + 1
