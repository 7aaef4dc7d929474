"""Words that were withdrawn, those that correct others and those that were edited are told apart wherever an update is
read."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar

from incidents.actions import editing, publishing, recalling, scheduling
from incidents.models import Incident, Site
from incidents.page import calendar, feeds, statuspage_v2, update_feeds
from incidents.page.incident_views import build_summaries, build_views
from incidents.page.marks import mark
from tests.factories import an_open_incident

pytestmark = pytest.mark.django_db
TWO = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
WITHDRAWN, CORRECTION, EDITED = "Withdrawn 02:02 UTC", "Correction of 02:00 UTC", "Edited 02:07 UTC"


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
    about = {"said_at": TWO, "zone": UTC, "corrects_at": None, "edited_at": None}
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


@pytest.fixture
def edited(first):
    """An update of 02:00 whose words were edited at 02:07."""
    update = publishing.post_update(
        incident=first.incident, status="mitigating", body="All paments fail.", by=None, at=TWO
    )
    return editing.edit_words(update=update, body="All payments fail.", by=None, at=minutes(7))


def test_an_edited_correction_that_was_withdrawn_bears_all_three_marks(right):
    editing.edit_words(update=right, body="Only some refunds fail.", by=None, at=minutes(7))
    recall(right)
    assert story(right.incident).updates[0].mark(UTC) == f"{WITHDRAWN}, {CORRECTION}, {EDITED}"


def test_the_page_says_beside_the_time_that_words_were_edited_and_keeps_the_former_ones(edited, client):
    for address in ("/", edited.incident.get_absolute_url()):
        page = client.get(address).text
        assert "All payments fail." in page
        assert "Edited <time" in page
        assert "paments" not in page


def test_the_page_of_the_incident_alone_shows_former_words_and_only_where_the_site_says_so(edited, client):
    Site.objects.update(shows_former_words=True)
    page = client.get(edited.incident.get_absolute_url()).text
    assert "All paments fail." in page.partition("<details")[2].partition("</details>")[0]
    for address in (
        "/",
        "/history/2026-11/",
        "/history.atom",
        "/history.rss",
        "/updates.json",
        "/api/v2/incidents.json",
    ):
        assert "paments" not in client.get(address).text, address


@pytest.mark.parametrize("write", [feeds.atom, feeds.rss, feeds.json])
def test_feeds_mark_what_was_edited(edited, write):
    text = write(at=minutes(9))
    assert text.count(f"({EDITED})") == 1
    assert "paments" not in text


@pytest.mark.parametrize("write", [update_feeds.atom, update_feeds.rss, update_feeds.json])
def test_an_entry_an_update_says_that_it_was_edited(edited, write):
    text = write(at=minutes(9))
    assert text.count(EDITED) == 1
    assert "paments" not in text


def test_a_feed_follows_an_edit_without_dating_the_incident_anew(edited):
    (item,) = json.loads(feeds.json(at=minutes(9)))["items"]
    assert item["date_published"] == "2026-11-21T02:00:00+00:00"
    assert item["date_modified"] == "2026-11-21T02:07:00+00:00"
    entry = json.loads(update_feeds.json(at=minutes(9)))["items"][0]
    assert (entry["date_published"], entry["date_modified"]) == (item["date_published"], item["date_modified"])


def test_the_fields_api_follows_an_edit(edited):
    (incident,) = statuspage_v2.incidents()["incidents"]
    assert incident["updated_at"] == "2026-11-21T02:07:00.000Z"
    update = incident["incident_updates"][0]
    assert update["body"] == f"{EDITED}: All payments fail."
    assert (update["created_at"], update["updated_at"]) == ("2026-11-21T02:00:00.000Z", "2026-11-21T02:07:00.000Z")
