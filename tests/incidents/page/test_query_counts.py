"""How many queries each public answer takes, pinned: the same for three times as much."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from incidents import urls
from incidents.actions import publishing, scheduling
from incidents.api import urls as api_urls
from incidents.models import ComponentGroup, Incident, Site
from incidents.page import history
from tests.factories import a_component, an_open_incident

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
QUERIES = {
    "page": 8,
    "incident": 5,
    "component": 4,
    "history": 6,
    "history-month": 6,
    "history-month-part": 6,
    "updates-atom": 3,
    "updates-rss": 3,
    "updates-json": 3,
    "component-updates-atom": 4,
    "component-updates-rss": 4,
    "component-updates-json": 4,
    "history-rss": 6,
    "history-atom": 6,
    "history-json": 6,
    "component-history-atom": 7,
    "component-history-rss": 7,
    "maintenances-ics": 4,
    "sitemap": 3,
    "robots": 0,
    "badge": 3,
    "embed": 0,
    "component-badge": 1,
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
        "history-month": [NOW.date().replace(day=1)],
        "history-month-part": [NOW.date().replace(day=1), 2],
    }
    if name.startswith("component"):
        arguments[name] = [incident.components.get().public_id]
    return reverse(name, args=arguments.get(name))


def test_no_public_answer_takes_more_queries_for_more(much, client, django_assert_num_queries, monkeypatch):
    monkeypatch.setattr(history, "PER_PART", 3)
    for count in (2, 4):
        much(count)
        for name, queries in QUERIES.items():
            path = address(name)
            with django_assert_num_queries(queries, info=name):
                assert client.get(path).status_code == 200


def test_every_public_address_is_counted():
    named = {pattern.name for pattern in urls.urlpatterns + api_urls.urlpatterns if getattr(pattern, "name", None)}
    assert named - {"logo"} == set(QUERIES)  # the logo is one row's picture, or there is none
