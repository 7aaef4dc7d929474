"""How many queries each public answer takes, pinned: the same for three times as much."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from incidents import urls
from incidents.actions import publishing, scheduling
from incidents.api import urls as api_urls
from incidents.models import Bulletin, ComponentGroup, Incident, Site
from incidents.page import bulletins, history
from tests.factories import a_bulletin, a_component, an_open_incident

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
QUERIES = {  # what speaks to people asks first in which language
    "page": 10,
    "incident": 8,  # one whether its short address is taken by an earlier one, one what was merged into it or split off
    "incident-short": 9,
    "component": 5,
    "history": 7,
    "search": 7,
    "history-month": 7,
    "history-month-part": 7,
    "bulletins": 4,
    "bulletins-year": 4,
    "bulletins-year-part": 4,
    "bulletin": 3,
    "updates-atom": 5,
    "updates-rss": 5,
    "updates-json": 5,
    "component-updates-atom": 5,
    "component-updates-rss": 5,
    "component-updates-json": 5,
    "history-rss": 8,
    "history-atom": 8,
    "history-json": 8,
    "component-history-atom": 8,
    "component-history-rss": 8,
    "maintenances-ics": 5,
    "sitemap": 4,
    "robots": 0,
    "badge": 4,
    "embed": 1,
    "component-badge": 2,
    "v2-summary": 6,
    "v2-status": 2,
    "v2-components": 2,
    "v2-incidents": 6,
    "v2-incidents-unresolved": 6,
    "v2-maintenances": 6,
    "v2-maintenances-upcoming": 6,
    "v2-maintenances-active": 6,
}


@pytest.fixture
def much(time_machine):
    """Makes so much of everything: components, incidents that are open or over, maintenances in each state."""
    time_machine.move_to(NOW, tick=False)
    Site.load()
    group = ComponentGroup.objects.create(name="Payments")

    def make(count):
        for number in range(count):
            a_bulletin(at=NOW, is_pinned=bool(number % 2))
            part = a_component(group=group if number % 2 else None)
            over = an_open_incident(part, at=NOW - timedelta(hours=5)).incident
            publishing.post_update(incident=over, status="resolved", body="Over.", by=None, at=NOW)
            an_open_incident(part, at=NOW - timedelta(hours=1))
            for status in ("scheduled", "in_progress"):
                planned = a_maintenance(part)
                publishing.post_update(incident=planned, status=status, body="Now.", by=None, at=NOW)

    return make


def a_maintenance(part):
    return scheduling.schedule_maintenance(
        title="Upgrade",
        body="We upgrade.",
        components=[part],
        scheduled_for=NOW + timedelta(hours=1),
        scheduled_until=NOW + timedelta(hours=2),
        by=None,
        at=NOW - timedelta(hours=2),
    ).incident


def address(name):
    incident = Incident.objects.open().order_by("pk").first()
    arguments = {
        "incident": [incident.public_id],
        "incident-short": [incident.short_code],
        "history-month": [NOW.date().replace(day=1)],
        "history-month-part": [NOW.date().replace(day=1), 2],
        "bulletins-year": [NOW.year],
        "bulletins-year-part": [NOW.year, 2],
        "bulletin": [Bulletin.objects.first().public_id],
    }
    if name.startswith("component"):
        arguments[name] = [incident.components.get().public_id]
    query = "?q=upgrade" if name == "search" else ""
    return reverse(name, args=arguments.get(name)) + query


def test_no_public_answer_takes_more_queries_for_more(much, client, django_assert_num_queries, monkeypatch):
    monkeypatch.setattr(history, "PER_PART", 3)
    monkeypatch.setattr(bulletins, "PER_PART", 1)
    for count in (2, 4):
        much(count)
        for name, queries in QUERIES.items():
            path = address(name)
            with django_assert_num_queries(queries, info=name):
                assert client.get(path).status_code == 200


def test_every_public_address_is_counted():
    named = {pattern.name for pattern in urls.urlpatterns + api_urls.urlpatterns if getattr(pattern, "name", None)}
    assert named - {"logo"} == set(QUERIES)  # the logo is one row's picture, or there is none
