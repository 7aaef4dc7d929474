import json
from datetime import UTC, datetime, timedelta

import feedparser
import pytest

from incidents.actions import publishing
from incidents.models import Component
from incidents.page import feeds
from tests.factories import a_component, an_open_incident

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(minutes=30)


def test_the_json_feed_tells_what_the_others_tell():
    incident = an_open_incident(at=NOON, body="We *look* into it.").incident
    publishing.post_update(incident=incident, status="resolved", body="It is over.", by=None, at=LATER)
    feed = json.loads(feeds.json(at=LATER))
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["home_page_url"] == "http://status.example.test/"
    assert feed["feed_url"] == "http://status.example.test/history.json"
    assert feed["authors"] == [{"name": "Status", "url": "http://status.example.test/"}]
    (item,) = feed["items"]
    assert item["id"] == item["url"] == incident.get_public_url()
    assert item["title"] == "Card payments fail"
    assert item["date_published"] == item["date_modified"] == "2026-11-21T12:30:00+00:00"
    assert item["content_html"].index("It is over.") < item["content_html"].index("We <em>look</em> into it.")


def test_an_empty_feed_is_a_feed():
    assert json.loads(feeds.json(at=NOON))["items"] == []


@pytest.mark.parametrize("write", [feeds.atom, feeds.rss])
def test_a_component_has_feeds_of_its_own(write):
    payments, search = a_component("Payments"), a_component("Search")
    an_open_incident(payments, title="Payments fail")
    an_open_incident(search, title="Search fails")
    an_open_incident(title="Nothing in particular")
    feed = feedparser.parse(write(at=NOON, component=payments.public_id))
    assert not feed.bozo
    assert [entry.title for entry in feed.entries] == ["Payments fail"]
    assert feed.feed.title == "Status - Incident History of Payments"
    address = f"http://status.example.test/components/{payments.public_id}/history"
    assert {link.href for link in feed.feed.links if link.rel == "self"} <= {f"{address}.atom", f"{address}.rss"}


def test_the_atom_feed_of_a_component_has_an_id_of_its_own():
    payments = a_component()
    feed = feedparser.parse(feeds.atom(at=NOON, component=payments.public_id))
    assert feed.feed.id == f"tag:status.example.test,2005:/components/{payments.public_id}/history"


@pytest.mark.parametrize("write", [feeds.atom, feeds.rss])
def test_there_is_no_feed_of_an_unknown_or_hidden_component(write):
    for public_id in ("0123456789bc", a_component(is_public=False).public_id):
        with pytest.raises(Component.DoesNotExist):
            write(at=NOON, component=public_id)


@pytest.mark.parametrize(("write", "queries"), [(feeds.json, 7), (feeds.atom, 7)])
def test_a_feed_takes_a_fixed_number_of_queries(write, queries, django_assert_num_queries):
    for n in range(3):
        an_open_incident(a_component(), title=f"Number {n}")
    with django_assert_num_queries(queries):
        write(at=NOON)
