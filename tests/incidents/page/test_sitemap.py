from datetime import UTC, datetime, timedelta
from xml.dom import minidom

import pytest

from incidents.actions import publishing, scheduling
from incidents.page import sitemap
from tests.factories import an_open_incident

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def addresses():
    return [node.firstChild.data for node in minidom.parseString(sitemap.xml(at=NOON)).getElementsByTagName("loc")]


def test_the_page_its_history_and_everything_public_are_listed():
    incident = an_open_incident(at=NOON).incident
    maintenance = scheduling.schedule_maintenance(
        title="Move",
        body="We move.",
        components=[],
        scheduled_for=NOON + timedelta(days=1),
        scheduled_until=NOON + timedelta(days=2),
        by=None,
        at=NOON + timedelta(minutes=1),
    ).incident
    an_open_incident(is_public=False)
    assert addresses() == [
        "http://status.example.test/",
        "http://status.example.test/history/",
        "http://status.example.test/bulletins/",
        maintenance.get_public_url(),
        incident.get_public_url(),
    ]


def test_an_incident_is_dated_by_what_last_changed():
    incident = an_open_incident(at=NOON).incident
    publishing.post_update(incident=incident, status="resolved", body="Over.", by=None, at=NOON + timedelta(hours=1))
    assert "<lastmod>2026-11-21T13:00:00Z</lastmod>" in sitemap.xml(at=NOON)


def test_a_sitemap_holds_no_more_than_it_may(monkeypatch):
    monkeypatch.setattr(sitemap, "MOST", 5)
    for n in range(6):
        an_open_incident(title=f"Number {n}")
    assert len(addresses()) == 5


def test_it_takes_four_queries(django_assert_num_queries):
    an_open_incident()
    with django_assert_num_queries(4):
        sitemap.xml(at=NOON)


def test_robots_are_shown_the_way_and_kept_from_what_is_private():
    lines = sitemap.robots().splitlines()
    assert lines[0] == "User-agent: *"
    assert "Disallow: /subscription/" in lines
    assert "Disallow: /admin/" in lines
    assert lines[-1] == "Sitemap: http://status.example.test/sitemap.xml"
    assert "Disallow: /" not in lines
