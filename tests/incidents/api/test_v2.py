"""The field's API v2, read over HTTP as its clients read it."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from incidents.actions import publishing, scheduling
from incidents.enums import ComponentStatus, IncidentStatus, MaintenanceStatus
from incidents.models import Component, ComponentGroup, Incident, Site
from tests.factories import a_component, an_open_incident
from tests.incidents.real_summaries import differences

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)
ROUTES = {
    "summary": ["page", "components", "incidents", "scheduled_maintenances", "status"],
    "status": ["page", "status"],
    "components": ["page", "components"],
    "incidents": ["page", "incidents"],
    "incidents/unresolved": ["page", "incidents"],
    "scheduled-maintenances": ["page", "scheduled_maintenances"],
    "scheduled-maintenances/upcoming": ["page", "scheduled_maintenances"],
    "scheduled-maintenances/active": ["page", "scheduled_maintenances"],
}
# With an incident or a maintenance to tell of; without one there are fewer.
QUERIES = {"summary": 6, "status": 2, "components": 2}


@pytest.fixture
def get(client):
    def read(route, **headers):
        return client.get(f"/api/v2/{route}.json", headers=headers)

    return read


def a_maintenance(*components, title="Database upgrade", begins=NOON + timedelta(days=1), **kwargs):
    update = scheduling.schedule_maintenance(
        title=title,
        body="We move to new machines.",
        components=components,
        scheduled_for=begins,
        scheduled_until=begins + timedelta(hours=2),
        by=None,
        at=NOON,
        **kwargs,
    )
    return update.incident


def move(incident, status, *, minutes=30, body="More to tell.", **kwargs):
    at = NOON + timedelta(minutes=minutes)
    return publishing.post_update(incident=incident, status=status, body=body, by=None, at=at, **kwargs)


@pytest.fixture
def scene():
    """Two groups, one hidden component in each kind of place, an incident and a maintenance in every state."""
    cards = ComponentGroup.objects.create(name="Payments", position=1, description="Money in and out")
    ComponentGroup.objects.create(name="Empty", position=2)
    parts = [
        a_component("Login", position=1, description="", start_date=NOON.date()),
        a_component("Cards", group=cards, position=1, description="Visa and others"),
        a_component("Transfers", group=cards, position=2),
    ]
    worse = an_open_incident(parts[1], at=NOON, status=ComponentStatus.MAJOR_OUTAGE)
    move(worse.incident, IncidentStatus.MITIGATING)
    done = an_open_incident(parts[0], at=NOON - timedelta(days=3), title="Login was slow").incident
    move(done, IncidentStatus.RESOLVED)
    an_open_incident(at=NOON - timedelta(hours=1), title="Without components")
    for n, status in enumerate(list(MaintenanceStatus)):
        maintenance = a_maintenance(parts[2], title=f"Work {n}", begins=NOON + timedelta(days=n))
        for step in steps_to(status):
            move(maintenance, step)
    return parts


def steps_to(status):
    if status == MaintenanceStatus.CANCELLED:
        return [status]
    whole = [MaintenanceStatus.IN_PROGRESS, MaintenanceStatus.VERIFYING, MaintenanceStatus.COMPLETED]
    return whole[: whole.index(status) + 1] if status in whole else []


@pytest.mark.parametrize("route", ROUTES)
def test_every_route_has_its_parts_in_order_and_every_object_the_real_keys_and_types(route, get, scene):
    answer = get(route)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json; charset=utf-8"
    assert list(answer.json()) == ROUTES[route]
    assert differences(answer.json()) == []


@pytest.mark.parametrize("route", ROUTES)
def test_every_route_takes_a_fixed_number_of_queries(route, get, scene, django_assert_num_queries):
    with django_assert_num_queries(QUERIES.get(route, 6)):
        get(route)


@pytest.mark.parametrize("route", ROUTES)
def test_an_empty_page_answers_as_well(route, get):
    body = get(route).json()
    assert list(body) == ROUTES[route]
    assert body.get("status", {"indicator": "none"})["indicator"] == "none"


def test_a_group_stands_before_its_own_names_them_and_shows_the_worst(get, scene):
    group, cards, transfers, login = get("components").json()["components"]
    assert [row["position"] for row in (group, cards, transfers, login)] == [1, 2, 3, 4]
    assert (group["name"], group["group"], group["status"]) == ("Payments", True, "major_outage")
    assert (group["description"], login["description"]) == ("Money in and out", None)
    assert list(group) == [*login, "components"]
    assert group["components"] == [cards["id"], transfers["id"]]
    assert cards["group_id"] == transfers["group_id"] == group["id"]
    assert login["group_id"] is None
    assert login["start_date"] == "2026-11-21"


def test_a_group_does_not_count_in_the_state_of_the_whole(get):
    group = ComponentGroup.objects.create(name="Payments")
    an_open_incident(a_component(group=group), status=ComponentStatus.MAJOR_OUTAGE)
    assert get("status").json()["status"] == {"indicator": "critical", "description": "Major Service Outage"}
    a_component()
    assert get("status").json()["status"] == {"indicator": "major", "description": "Partial System Outage"}


def test_a_page_without_components_does_not_call_all_systems_operational(get):
    a_component(is_public=False)
    for name in ("status", "summary"):
        assert get(name).json()["status"] == {"indicator": "none", "description": "No Components Are Shown"}


def test_an_open_incident_alone_does_not_move_the_indicator(get):
    a_component()
    an_open_incident()
    assert get("summary").json()["status"] == {"indicator": "none", "description": "All Systems Operational"}


def test_the_summary_has_what_is_not_over_and_nothing_else(get, scene):
    body = get("summary").json()
    assert [row["name"] for row in body["incidents"]] == ["Card payments fail", "Without components"]
    assert [row["status"] for row in body["scheduled_maintenances"]] == ["scheduled", "in_progress", "verifying"]


def test_maintenances_are_told_apart_by_where_they_stand(get, scene):
    def names(route):
        return sorted(row["name"] for row in get(route).json()["scheduled_maintenances"])

    assert names("scheduled-maintenances/upcoming") == ["Work 0"]
    assert names("scheduled-maintenances/active") == ["Work 1", "Work 2"]
    assert names("scheduled-maintenances") == [f"Work {n}" for n in range(5)]


def test_a_cancelled_maintenance_reads_as_completed_with_its_words(get):
    maintenance = a_maintenance()
    move(maintenance, MaintenanceStatus.CANCELLED, body="We called it off.")
    (shown,) = get("scheduled-maintenances").json()["scheduled_maintenances"]
    assert shown["status"] == shown["incident_updates"][0]["status"] == "completed"
    assert shown["incident_updates"][0]["body"] == "We called it off."
    assert shown["resolved_at"] == "2026-11-21T12:30:00.123Z"
    assert get("summary").json()["scheduled_maintenances"] == []


def test_mitigating_reads_as_identified(get, scene):
    incident = get("incidents/unresolved").json()["incidents"][0]
    assert incident["status"] == "identified"
    assert [update["status"] for update in incident["incident_updates"]] == ["identified", "investigating"]


def test_an_incident_carries_its_components_as_they_are_now_and_its_updates_as_they_were(get, scene):
    incident = get("incidents").json()["incidents"][0]
    (cards,) = incident["components"]
    assert cards == next(row for row in get("components").json()["components"] if row["name"] == "Cards")
    newest, first = incident["incident_updates"]
    assert first["affected_components"] == [
        {"code": cards["id"], "name": "Cards", "old_status": "operational", "new_status": "major_outage"}
    ]
    assert newest["incident_id"] == incident["id"]
    assert get("incidents").json()["incidents"][1]["incident_updates"][0]["affected_components"] is None


def test_the_window_and_the_verifying_of_a_maintenance_are_told(get, scene):
    active = get("scheduled-maintenances/active").json()["scheduled_maintenances"][-1]
    assert (active["impact"], active["status"]) == ("maintenance", "verifying")
    assert active["started_at"] == "2026-11-21T12:00:00.123Z"
    assert active["scheduled_for"] == "2026-11-23T12:00:00.123Z"
    assert active["monitoring_at"] == "2026-11-21T12:30:00.123Z"


def test_an_update_says_whether_it_was_sent_out(get):
    update = an_open_incident()
    imported = update.incident.updates.create(status="investigating", body="Told elsewhere.", body_html="")
    told = get("incidents").json()["incidents"][0]["incident_updates"]
    assert {row["id"]: row["deliver_notifications"] for row in told} == {
        update.public_id: True,
        imported.public_id: False,
    }


def test_lists_end_after_the_fifty_newest(get):
    for n in range(51):
        an_open_incident(title=f"Number {n}", at=NOON + timedelta(minutes=n))
    assert [row["name"] for row in get("incidents").json()["incidents"]] == [f"Number {n}" for n in range(50, 0, -1)]
    assert len(get("incidents/unresolved").json()["incidents"]) == 51


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("UTC", "2026-11-21T12:00:00.123Z"),
        ("Etc/UTC", "2026-11-21T12:00:00.123Z"),
        ("Europe/Berlin", "2026-11-21T13:00:00.123+01:00"),
        ("Europe/London", "2026-11-21T12:00:00.123+00:00"),
        ("America/St_Johns", "2026-11-21T08:30:00.123-03:30"),
    ],
)
def test_times_have_milliseconds_in_the_zone_of_the_page(zone, shown, get):
    an_open_incident(at=NOON)
    Site.objects.update(time_zone=zone)
    body = get("incidents").json()
    assert body["page"]["time_zone"] == zone
    assert body["incidents"][0]["started_at"] == shown


def test_ids_have_twelve_characters_and_links_lead_to_our_own_pages(get, client, scene):
    body = get("summary").json()
    ids = re.findall(r'"(?:id|page_id|incident_id|code)":"([^"]*)"', get("summary").content.decode())
    assert ids
    assert all(re.fullmatch("[0-9bcdfghjklmnpqrstvwxyz]{12}", one) for one in ids)
    assert body["page"]["url"] == "http://status.example.test"
    shortlink = body["incidents"][0]["shortlink"]
    assert client.get(shortlink.removeprefix("http://status.example.test")).status_code == 200


def test_the_page_says_when_it_last_changed(get):
    incident = an_open_incident().incident
    before = get("status").json()["page"]["updated_at"]
    move(incident, IncidentStatus.MONITORING)
    assert get("status").json()["page"]["updated_at"] > before
    assert get("status").json()["page"]["id"] == Site.load().public_id


def test_the_answer_is_open_cacheable_and_says_when_nothing_changed(client, get, scene):
    first = get("summary")
    assert first["Access-Control-Allow-Origin"] == "*"
    assert first["Cache-Control"] == "public, max-age=10, stale-while-revalidate=60, stale-if-error=86400"
    assert not first.cookies
    assert "Cookie" not in first.get("Vary", "")
    again = get("summary", if_none_match=first["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    assert again["Access-Control-Allow-Origin"] == "*"
    assert client.get("/api/v2/summary.json?cache=bust&x[]=1").content == first.content
    head = client.head("/api/v2/summary.json")
    assert (head.status_code, head.content, head["ETag"]) == (200, b"", first["ETag"])
    assert client.post("/api/v2/summary.json").status_code == 405


@pytest.mark.parametrize("path", ["", "nothing.json", "summary", "incidents/0123456789bc.json", "a/b/c"])
def test_an_unknown_address_is_refused_in_json(path, client):
    answer = client.get(f"/api/v2/{path}")
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/json; charset=utf-8"
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert set(answer.json()) == {"error", "message"}


def test_what_stands_in_a_text_cannot_leave_the_json(get):
    evil = "</script><!-- ]]> & \u2028\x0b"
    incident = an_open_incident().incident
    Incident.objects.update(title=evil)
    Component.objects.create(name="<b>")
    incident.updates.update(body=evil)
    raw = get("summary").content.decode()
    assert not re.search("[<>&\u2028\u2029\x00-\x1f]", raw)
    assert json.loads(raw)["incidents"][0]["name"] == evil
