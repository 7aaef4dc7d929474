"""Bulletins as the public reads them: on the front page while they hold, at a lasting address, by year, in feeds."""

import json
from datetime import UTC, datetime, timedelta

import feedparser
import pytest

from incidents.actions import bulletins
from incidents.models import Site
from incidents.page import bulletins as page
from incidents.page import feeds, overview, sitemap, update_feeds
from tests.factories import a_bulletin, a_component, an_open_incident

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
FEEDS = [feeds.rss, feeds.atom, feeds.json, update_feeds.rss, update_feeds.atom, update_feeds.json]
XML = [feeds.rss, feeds.atom, update_feeds.rss, update_feeds.atom]


@pytest.fixture
def read(client, time_machine):
    """The public page at `path`, as it is at `at`."""

    def reader(path="/", at=NOON):
        time_machine.move_to(at, tick=False)
        return client.get(path)

    return reader


def withdraw(bulletin, at=NOON + HOUR):
    return bulletins.withdraw(bulletin=bulletin, reason="CANARY reason", by=None, at=at)


# --- The front page ---------------------------------------------------------------------------------------------------


def test_a_pinned_one_stands_above_the_components_and_another_below(read):
    component = a_component("Payments")
    an_open_incident(component, title="Cards fail", at=NOON)
    a_bulletin("A plain one", at=NOON)
    a_bulletin("A pinned one", at=NOON, is_pinned=True)
    html = read().text
    places = [
        html.index(text) for text in ("Cards fail", "A pinned one", f"component-{component.public_id}", "A plain one")
    ]
    assert places == sorted(places)
    assert "Our support is back on 27 December." in html


def test_the_state_of_the_page_is_the_same_with_it(client):
    a_component("Payments")
    without = overview.build(at=NOON)
    indicator = client.get("/api/v2/summary.json").json()
    a_bulletin("A provider of ours has a major outage", at=NOON, is_pinned=True)
    with_it = overview.build(at=NOON)
    for name in ("state", "indicator", "description", "sentence", "reasons", "days"):
        assert getattr(with_it, name) == getattr(without, name)
    assert with_it.version != without.version
    answer = client.get("/api/v2/summary.json").json()
    assert answer | {"page": None} == indicator | {"page": None}


def test_without_one_the_front_page_says_nothing_of_them(read):
    a_component("Payments")
    html = read().text
    assert "nnouncement" not in html
    assert "/bulletins/" not in html


def test_before_its_time_it_is_on_no_public_surface_and_then_on_each(read):
    begins = NOON + HOUR
    bulletin = a_bulletin("CANARY title", body="CANARY body", at=NOON, from_at=begins, is_pinned=True)
    paths = [
        "/",
        "/bulletins/",
        "/updates.atom",
        "/updates.json",
        "/history.rss",
        "/sitemap.xml",
        "/api/v2/summary.json",
    ]
    before = [read(path, begins - timedelta(seconds=1)) for path in paths]
    assert [answer.status_code for answer in before] == [200] * len(paths)
    assert not [answer for answer in before if "CANARY" in answer.text or bulletin.public_id in answer.text]
    assert read(f"/bulletins/{bulletin.public_id}/", begins - timedelta(seconds=1)).status_code == 404
    after = [read(path, begins) for path in paths[:-1]]
    assert all(bulletin.public_id in answer.text for answer in after)
    assert read(f"/bulletins/{bulletin.public_id}/", begins).status_code == 200


def test_one_that_is_over_is_off_the_front_page_and_stays_everywhere_else(read):
    bulletin = a_bulletin("Over soon", at=NOON, until_at=NOON + HOUR)
    assert "Over soon" in read("/", NOON + HOUR - timedelta(seconds=1)).text
    assert "Over soon" not in read("/", NOON + HOUR).text
    for path in ("/bulletins/", f"/bulletins/{bulletin.public_id}/", "/updates.atom"):
        assert "Over soon" in read(path, NOON + HOUR).text


def test_the_newest_ten_are_on_the_front_page(read):
    for number in range(12):
        a_bulletin(f"Number {number:02}", at=NOON + timedelta(minutes=number))
    html = read("/", NOON + HOUR).text
    assert [f"Number {number:02}" in html for number in (0, 1, 2, 11)] == [False, False, True, True]
    assert 'href="/bulletins/"' in html


# --- Its own page and the list ----------------------------------------------------------------------------------------


def test_its_page_says_from_when_to_when_and_that_it_was_edited(read):
    bulletin = a_bulletin("We close", body="Until **Monday**.", at=NOON, until_at=NOON + 3 * HOUR)
    values = {"title": "We close", "until_at": bulletin.until_at, "by": None}
    bulletins.edit(bulletin=bulletin, body="Until **Tuesday**.", at=NOON + HOUR, **values)
    html = read(f"/bulletins/{bulletin.public_id}/", NOON + HOUR).text
    assert "<strong>Tuesday</strong>" in html
    for at in ("2026-11-21T12:00:00Z", "2026-11-21T15:00:00Z", "2026-11-21T13:00:00Z"):
        assert f'datetime="{at}"' in html
    assert "edited" in html
    assert 'data-state="none"' in html


def test_withdrawn_it_is_off_the_front_page_and_struck_wherever_else_it_stands(read):
    bulletin = a_bulletin("Wrong", at=NOON)
    withdraw(bulletin)
    assert "Wrong" not in read("/", NOON + HOUR).text
    for path in ("/bulletins/", f"/bulletins/{bulletin.public_id}/"):
        html = read(path, NOON + HOUR).text
        assert "this does not hold" in html
        assert "<del>" in html
        assert "CANARY" not in html


@pytest.mark.parametrize("write", FEEDS)
def test_withdrawn_before_its_time_it_is_nowhere(write, read):
    bulletin = a_bulletin("CANARY title", at=NOON, from_at=NOON + 2 * HOUR)
    withdraw(bulletin)
    later = NOON + timedelta(days=1)
    assert "CANARY" not in write(at=later)
    assert read(f"/bulletins/{bulletin.public_id}/", later).status_code == 404


def test_they_are_listed_by_the_year_of_the_page_s_zone_in_parts(read, monkeypatch):
    monkeypatch.setattr(page, "PER_PART", 2)
    Site.load()
    Site.objects.update(time_zone="Asia/Tokyo")
    for number, at in enumerate(
        (datetime(2025, 12, 31, 14, tzinfo=UTC), datetime(2025, 12, 31, 16, tzinfo=UTC), NOON, NOON)
    ):
        a_bulletin(f"Number {number}", at=at)
    newest = page.build_year(None, at=NOON)
    assert (newest.year, newest.parts, newest.years) == (2026, 2, (2026, 2025))
    assert [one.title for one in newest.bulletins] == ["Number 3", "Number 2"]
    assert (newest.later_url, newest.earlier_url) == ("", "/bulletins/2026/2/")
    assert [one.title for one in page.build_year(2026, at=NOON, part=2).bulletins] == ["Number 1"]
    assert [one.title for one in page.build_year(2025, at=NOON).bulletins] == ["Number 0"]
    html = read("/bulletins/2026/2/").text
    assert "Later in 2026" in html
    assert 'href="/bulletins/2025/"' in html


@pytest.mark.parametrize(("year", "part"), [(2024, 1), (2027, 1), (2026, 2)])
def test_a_year_or_a_part_without_any_is_not_there(year, part):
    a_bulletin(at=NOON)
    with pytest.raises(ValueError, match=str(year)):
        page.build_year(year, at=NOON, part=part)


def test_an_empty_list_says_what_will_stand_there(read):
    assert "We have announced nothing yet." in read("/bulletins/").text


# --- Feeds and the sitemap --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("write", XML)
def test_it_is_an_entry_of_every_feed_among_the_updates(write):
    an_open_incident(title="First", at=NOON - HOUR)
    bulletin = a_bulletin("We close", at=NOON, until_at=NOON + HOUR)
    an_open_incident(title="Last", at=NOON + HOUR)
    entries = feedparser.parse(write(at=NOON + HOUR).encode()).entries
    assert [entry.link for entry in entries][1] == bulletin.get_public_url()
    entry = entries[1]
    assert entry.title == "Announcement: We close"
    assert entry.id == f"tag:status.example.test,2005:Bulletin/{bulletin.public_id}"
    words = entry.content[0].value if "content" in entry else entry.description
    assert "Our support is back on 27 December." in words
    assert "Nov 21, 2026, 12:00 UTC to Nov 21, 2026, 13:00 UTC" in words


@pytest.mark.parametrize("write", [feeds.json, update_feeds.json])
def test_the_json_feeds_tell_the_same(write):
    bulletin = a_bulletin("We close", at=NOON)
    [item] = json.loads(write(at=NOON))["items"]
    assert (item["title"], item["url"]) == ("Announcement: We close", bulletin.get_public_url())


@pytest.mark.parametrize("write", XML)
def test_an_entry_is_updated_when_it_is_edited_and_marked_when_it_is_withdrawn(write):
    bulletin = a_bulletin("We close", at=NOON)
    bulletins.edit(bulletin=bulletin, title="We close early", body="At 3 pm.", until_at=None, by=None, at=NOON + HOUR)
    [edited] = feedparser.parse(write(at=NOON + HOUR).encode()).entries
    withdraw(bulletin, at=NOON + 2 * HOUR)
    [withdrawn] = feedparser.parse(write(at=NOON + 2 * HOUR).encode()).entries
    assert edited.id == withdrawn.id
    assert (edited.title, withdrawn.title) == ("Announcement: We close early", "Withdrawn: We close early")
    assert "Withdrawn 14:00 UTC" in str(withdrawn)
    assert edited.published_parsed[3] == 12
    if write in (feeds.atom, update_feeds.atom):
        assert (edited.updated_parsed[3], withdrawn.updated_parsed[3]) == (13, 14)


@pytest.mark.parametrize("write", [feeds.rss, feeds.atom, update_feeds.rss, update_feeds.atom, update_feeds.json])
def test_the_feed_of_a_component_holds_none_they_are_of_the_whole_page(write):
    component = a_component("Payments")
    a_bulletin("We close", at=NOON)
    assert "We close" not in write(at=NOON, component=component.public_id)


@pytest.mark.parametrize("write", XML)
@pytest.mark.parametrize("title", ["]]><script>alert(1)</script>", "&amp; <b>&#0;", "emoji 🎉 ü"])
def test_hostile_words_stay_text(write, title):
    a_bulletin(title, body=f"{title}\n\nsecond", at=NOON)
    [entry] = feedparser.parse(write(at=NOON).encode()).entries
    assert "<script" not in str(entry.get("content", entry.description))
    feed = feedparser.parse(write(at=NOON).encode())
    assert not feed.bozo


def test_the_sitemap_names_it_by_what_was_said_last():
    bulletin = a_bulletin(at=NOON)
    withdraw(bulletin, at=NOON + HOUR)
    assert f"<loc>{bulletin.get_public_url()}</loc><lastmod>2026-11-21T13:00:00Z</lastmod>" in sitemap.xml(
        at=NOON + HOUR
    )
