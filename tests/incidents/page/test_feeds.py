from datetime import UTC, datetime, timedelta
from xml.dom import minidom

import feedparser
import pytest

from incidents.actions import publishing, scheduling
from incidents.models import Incident, IncidentUpdate, Site
from incidents.page import feeds
from tests.factories import a_component, an_open_incident

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
KINDS = [feeds.rss, feeds.atom]
HOSTILE = ["]]><script>alert(1)</script>", "</title></script>", "&amp; <b>&#0;", "emoji 🎉 ü"]


def read(write):
    """As a feed reader would, having checked that it is XML at all."""
    text = write(at=NOON)
    minidom.parseString(text.encode())
    feed = feedparser.parse(text.encode())
    assert not feed.bozo, feed.get("bozo_exception")
    return feed


@pytest.mark.parametrize("write", KINDS)
def test_every_update_is_there_newest_first(write):
    first = an_open_incident(at=NOON, title="Card payments fail", body="We look into it.")
    publishing.post_update(
        incident=first.incident, status="resolved", body="It is over.", by=None, at=NOON + timedelta(minutes=30)
    )
    (entry,) = read(write).entries
    content = entry.content[0].value if "content" in entry else entry.description
    assert entry.title == "Card payments fail"
    assert content.index("It is over.") < content.index("We look into it.")
    assert "<p><small>Nov 21, 2026, 12:30 UTC</small><br /><strong>Resolved</strong> - It is over.</p>" in content
    assert entry.link == first.incident.get_public_url()


def test_atom_ids_last_and_its_dates_are_those_of_the_last_update():
    incident = an_open_incident(at=NOON).incident
    publishing.post_update(incident=incident, status="resolved", body="Over.", by=None, at=NOON + timedelta(minutes=30))
    feed = read(feeds.atom)
    (entry,) = feed.entries
    assert feed.feed.id == "tag:status.example.test,2005:/history"
    assert entry.id == f"tag:status.example.test,2005:Incident/{incident.pk}"
    assert entry.published_parsed[:5] == entry.updated_parsed[:5] == (2026, 11, 21, 12, 30)


def test_the_guid_of_rss_is_the_link():
    incident = an_open_incident(at=NOON).incident
    (entry,) = read(feeds.rss).entries
    assert entry.id == entry.link == f"http://status.example.test/incidents/{incident.public_id}/"


def test_a_maintenance_in_rss_says_first_that_it_is_scheduled():
    start = NOON + timedelta(days=3)
    scheduling.schedule_maintenance(
        title="Upgrade",
        body="We upgrade.",
        components=[a_component()],
        scheduled_for=start,
        scheduled_until=start + timedelta(hours=2),
        by=None,
        at=NOON,
    )
    (entry,) = read(feeds.rss).entries
    window = "Nov 24, 2026, 12:00 UTC - Nov 24, 2026, 14:00 UTC"
    assert entry.description.startswith(f"<p><strong>THIS IS A SCHEDULED EVENT {window}</strong></p>")
    assert entry.published_parsed[:4] == (2026, 11, 24, 12)
    (entry,) = read(feeds.atom).entries
    assert entry.published_parsed[:4] == (2026, 11, 21, 12)


@pytest.mark.parametrize("write", KINDS)
def test_the_twenty_five_last_spoken_of_are_listed(write, django_assert_num_queries):
    old = an_open_incident(at=NOON - timedelta(days=90), title="Still going on").incident
    for number in range(30):
        an_open_incident(at=NOON - timedelta(days=number + 1), title=f"Number {number}")
    publishing.post_update(incident=old, status="mitigating", body="Still.", by=None, at=NOON)
    Site.load()
    with django_assert_num_queries(7):
        titles = [entry.title for entry in read(write).entries]
    assert titles == ["Still going on"] + [f"Number {number}" for number in range(24)]


@pytest.mark.parametrize("write", KINDS)
@pytest.mark.parametrize("title", HOSTILE)
def test_hostile_titles_and_texts_stay_text(write, title):
    an_open_incident(at=NOON, title=title, body=f"{title}\n\nsecond paragraph")
    (entry,) = read(write).entries
    raw = minidom.parseString(write(at=NOON).encode()).getElementsByTagName("title")
    assert title in [element.firstChild.data for element in raw]
    assert "<script" not in str(entry.get("content", entry.get("description")))


@pytest.mark.parametrize("write", KINDS)
def test_control_characters_in_old_rows_are_never_emitted(write):
    update = an_open_incident(a_component("a\x0bb"), at=NOON)
    Site.objects.update(name="bell\x07")
    Incident.all_kinds.update(title="vertical\x0btab \ufffe")
    IncidentUpdate.objects.filter(pk=update.pk).update(body_html="<p>escape\x1b</p>")
    (entry,) = read(write).entries
    assert entry.title == "verticaltab"


@pytest.mark.parametrize("write", KINDS)
def test_an_empty_feed_is_a_feed(write):
    assert read(write).entries == []


@pytest.mark.parametrize("write", KINDS)
def test_what_is_hidden_is_in_no_feed(write):
    hidden = a_component("CANARY component", is_public=False)
    an_open_incident(hidden, at=NOON)
    an_open_incident(at=NOON, title="CANARY incident", is_public=False)
    assert "CANARY" not in write(at=NOON)
    assert len(read(write).entries) == 1


def test_rss_was_last_built_when_we_last_spoke_and_not_in_the_future():
    start = NOON + timedelta(days=3)
    scheduling.schedule_maintenance(
        title="Upgrade",
        body="We upgrade.",
        components=[a_component()],
        scheduled_for=start,
        scheduled_until=start + timedelta(hours=1),
        by=None,
        at=NOON,
    )
    assert read(feeds.rss).feed.updated_parsed[:5] == (2026, 11, 21, 12, 0)


@pytest.mark.parametrize("write", KINDS)
def test_the_feed_of_a_component_leads_to_its_page(write):
    component = a_component()
    an_open_incident(component, at=NOON)
    feed = feedparser.parse(write(at=NOON, component=component.public_id).encode())
    assert feed.feed.link == f"http://status.example.test/components/{component.public_id}/"
