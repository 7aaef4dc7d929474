"""The feeds with an entry an update, read as a feed reader reads them."""

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from xml.dom import minidom

import feedparser
import pytest

from incidents.actions import publishing, recalling, scheduling
from incidents.models import Component, Incident, IncidentUpdate, Site
from incidents.page import update_feeds
from tests.factories import a_component, an_open_incident

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(minutes=30)
END = NOON + timedelta(days=1)
rss, atom, as_json = (partial(write, at=END) for write in (update_feeds.rss, update_feeds.atom, update_feeds.json))
KINDS = [rss, atom]
HOSTILE = ["]]><script>alert(1)</script>", "</title></script>", "&amp; <b>&#0;", "emoji 🎉 ü"]


def read(write, component=""):
    """As a feed reader would, having checked that it is XML at all."""
    text = write(component)
    minidom.parseString(text.encode())
    feed = feedparser.parse(text.encode())
    assert not feed.bozo, feed.get("bozo_exception")
    return feed


def words(entry):
    return entry.content[0].value if "content" in entry else entry.description


def named(component):
    return f'<span dir="auto">{component}</span>'


def resolve(incident, *, at=LATER, body="It is over."):
    return publishing.post_update(incident=incident, status="resolved", body=body, by=None, at=at)


def a_maintenance(*components):
    return scheduling.schedule_maintenance(
        title="Upgrade",
        body="We upgrade.",
        components=components,
        scheduled_for=NOON + timedelta(days=3),
        scheduled_until=NOON + timedelta(days=3, hours=2),
        by=None,
        at=NOON,
    ).incident


@pytest.mark.parametrize("write", KINDS)
def test_every_update_is_an_entry_the_newest_first(write):
    first = an_open_incident(at=NOON, title="Card payments fail", body="We look into it.")
    last = resolve(first.incident)
    new, old = read(write).entries
    assert (new.title, old.title) == ("Resolved: Card payments fail", "Investigating: Card payments fail")
    assert [text in words(new) for text in ("It is over.", "We look into it.")] == [True, False]
    address = first.incident.get_public_url()
    assert (new.link, old.link) == (f"{address}#update-{last.public_id}", f"{address}#update-{first.public_id}")
    assert new.published_parsed[:5] == (2026, 11, 21, 12, 30)
    assert old.published_parsed[:5] == (2026, 11, 21, 12, 0)


@pytest.mark.parametrize("write", KINDS)
def test_what_was_an_entry_stays_the_same_entry_whatever_follows(write):
    """Most readers show an entry as new once, by its id."""
    first = an_open_incident(a_component(), at=NOON)
    (before,) = read(write).entries
    resolve(first.incident)
    new, after = read(write).entries
    assert after == before
    assert before.id == f"tag:status.example.test,2005:Update/{first.public_id}" != new.id


def test_the_json_feed_tells_what_the_others_tell():
    first = an_open_incident(at=NOON, body="We *look* into it.")
    last = resolve(first.incident)
    feed = json.loads(as_json())
    assert feed["feed_url"] == "http://status.example.test/updates.json"
    new, old = feed["items"]
    assert new["id"] == f"tag:status.example.test,2005:Update/{last.public_id}"
    assert new["url"] == f"{first.incident.get_public_url()}#update-{last.public_id}"
    assert new["title"] == "Resolved: Card payments fail"
    assert new["date_published"] == new["date_modified"] == "2026-11-21T12:30:00+00:00"
    assert "We <em>look</em> into it." in old["content_html"]


@pytest.mark.parametrize("write", KINDS)
def test_it_says_what_is_affected_and_how(write):
    payments, search = a_component("Payments"), a_component("Search")
    first = an_open_incident(payments, search, at=NOON)
    resolve(first.incident)
    over, now = (words(entry) for entry in read(write).entries)
    assert f"Affected: {named('Payments')} (partial outage), {named('Search')} (partial outage)." in now
    assert f"Was affected: {named('Payments')}, {named('Search')}." in over


@pytest.mark.parametrize("write", KINDS)
def test_planned_work_says_when_and_what_will_be_affected_and_is_dated_by_what_we_said(write):
    maintenance = a_maintenance(a_component("Payments"))
    (planned,) = read(write).entries
    assert planned.title == "Scheduled: Upgrade"
    assert "Nov 24, 2026, 12:00 UTC to Nov 24, 2026, 14:00 UTC" in words(planned)
    assert f"Will be affected: {named('Payments')}." in words(planned)
    assert planned.published_parsed[:4] == (2026, 11, 21, 12)
    publishing.post_update(incident=maintenance, status="cancelled", body="Not now.", by=None, at=LATER)
    assert f"Would have been affected: {named('Payments')}." in words(read(write).entries[0])


@pytest.mark.parametrize("write", KINDS)
def test_work_under_way_says_that_its_components_are_under_maintenance(write):
    maintenance = a_maintenance(a_component("Payments"))
    publishing.post_update(incident=maintenance, status="in_progress", body="We begin.", by=None, at=LATER)
    assert f"Affected: {named('Payments')} (under maintenance)." in words(read(write).entries[0])


@pytest.mark.parametrize("write", KINDS)
def test_withdrawn_and_corrected_words_say_so_first_and_the_withdrawn_entry_is_updated(write):
    wrong = an_open_incident(at=NOON, body="All fails.")
    recalling.recall(announcement=wrong.announcement, reason="Wrong.", by=None, at=LATER)
    publishing.post_update(
        incident=wrong.incident,
        status="investigating",
        body="Some fails.",
        by=None,
        at=LATER + timedelta(minutes=5),
        corrects=wrong.announcement,
    )
    right, withdrawn = read(write).entries
    assert right.title == "Correction: Investigating: Card payments fail"
    assert "Correction of 12:00 UTC" in words(right)
    assert withdrawn.title == "Withdrawn: Investigating: Card payments fail"
    assert "Withdrawn 12:30 UTC" in words(withdrawn)
    assert withdrawn.published_parsed[:5] == (2026, 11, 21, 12, 0)
    if write is atom:
        assert withdrawn.updated_parsed[:5] == (2026, 11, 21, 12, 30)


@pytest.mark.parametrize("write", KINDS)
def test_the_fifty_newest_are_listed(write, django_assert_num_queries):
    incident = an_open_incident(at=NOON).incident
    for number in range(60):
        at = NOON + timedelta(minutes=number)
        publishing.post_update(incident=incident, status="mitigating", body=f"Number {number}.", by=None, at=at)
    Site.load()
    with django_assert_num_queries(4):
        entries = read(write).entries
    assert len(entries) == 50
    assert "Number 59." in words(entries[0])


@pytest.mark.parametrize("write", KINDS)
@pytest.mark.parametrize("title", HOSTILE)
def test_hostile_titles_names_and_texts_stay_text(write, title):
    an_open_incident(a_component(title), at=NOON, title=title, body=f"{title}\n\nsecond paragraph")
    (entry,) = read(write).entries
    raw = minidom.parseString(write().encode()).getElementsByTagName("title")
    assert f"Investigating: {title}" in [element.firstChild.data for element in raw]
    assert "<script" not in words(entry)


@pytest.mark.parametrize("write", KINDS)
def test_control_characters_in_old_rows_are_never_emitted(write):
    update = an_open_incident(a_component("a\x0bb"), at=NOON)
    Site.objects.update(name="bell\x07")
    Incident.all_kinds.update(title="vertical\x0btab \ufffe")
    IncidentUpdate.objects.filter(pk=update.pk).update(body_html="<p>escape\x1b</p>")
    (entry,) = read(write).entries
    assert entry.title == "Investigating: verticaltab"


@pytest.mark.parametrize("write", KINDS)
def test_an_empty_feed_is_a_feed(write):
    assert read(write).entries == []


@pytest.mark.parametrize("write", [*KINDS, as_json])
def test_what_is_hidden_is_in_no_feed(write):
    """Nor the name of a component that was hidden after the update froze it."""
    hidden = a_component("CANARY component")
    an_open_incident(hidden, a_component("Payments"), at=NOON)
    Component.objects.filter(pk=hidden.pk).update(is_public=False)
    an_open_incident(at=NOON, title="CANARY incident", is_public=False)
    assert "CANARY" not in write()
    assert "Payments" in write()


@pytest.mark.parametrize("write", [*KINDS, as_json])
def test_a_component_has_feeds_of_its_own(write):
    payments = a_component("Payments")
    an_open_incident(payments, title="Payments fail")
    an_open_incident(a_component("Search"), title="Search fails")
    said = write(payments.public_id)
    assert "Status - Updates of Payments" in said
    assert f"http://status.example.test/components/{payments.public_id}/updates." in said
    assert [title in said for title in ("Payments fail", "Search fails")] == [True, False]


@pytest.mark.parametrize("write", [*KINDS, as_json])
def test_there_is_no_feed_of_an_unknown_or_hidden_component(write):
    for public_id in ("0123456789bc", a_component(is_public=False).public_id):
        with pytest.raises(Component.DoesNotExist):
            write(public_id)


def test_atom_and_rss_say_whose_feed_it_is_and_when_we_last_spoke():
    resolve(an_open_incident(at=NOON).incident)
    for write in KINDS:
        feed = read(write).feed
        assert (feed.title, feed.link) == ("Status - Updates", "http://status.example.test/")
        assert feed.updated_parsed[:5] == (2026, 11, 21, 12, 30)
    assert read(atom).feed.id == "tag:status.example.test,2005:/updates"
