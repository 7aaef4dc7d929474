from datetime import UTC, datetime, timedelta
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest

from incidents.actions import history, publishing
from incidents.actions.history import PastIncident, PastUpdate
from incidents.enums import ComponentStatus, Impact, IncidentStatus, MaintenanceStatus, Severity
from incidents.models import Announcement, Component, Incident, Maintenance, Site, StatusChange
from tests.factories import a_component, an_open_incident

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
DEGRADED, PARTIAL, MAJOR = "degraded_performance", "partial_outage", "major_outage"


def minute(number) -> datetime:
    return NOON + timedelta(minutes=number)


def a_past_incident(begin=0, end=60, **kwargs) -> PastIncident:
    values = {
        "title": "Search is slow",
        "severity": Severity.P3,
        "impact": Impact.MINOR,
        "started_at": minute(begin),
        "resolved_at": minute(end),
        "updates": [
            PastUpdate(at=minute(begin), status=IncidentStatus.INVESTIGATING, body="We look."),
            PastUpdate(at=minute(end), status=IncidentStatus.RESOLVED, body="Search is fast again."),
        ],
        "components": {"Search": ComponentStatus(DEGRADED)},
    }
    return PastIncident(**values | kwargs)


def timeline(name="Search"):
    return [
        (int((change.at - NOON).total_seconds() // 60), change.status)
        for change in StatusChange.objects.filter(component__name=name)
    ]


def test_a_past_incident_is_kept_whole_and_announces_nothing():
    incident = history.keep(a_past_incident())
    incident.refresh_from_db()
    assert (incident.status, incident.resolved_at, incident.is_open) == ("resolved", minute(60), False)
    assert [update.body for update in incident.updates.all()] == ["Search is fast again.", "We look."]
    assert timeline() == [(0, DEGRADED), (60, "operational")]
    assert not Announcement.objects.exists()


def test_each_update_says_what_the_components_were_before_and_after():
    a_component("Search")
    incident = history.keep(a_past_incident())
    moves = [
        (entry["old_status"], entry["new_status"])
        for update in incident.updates.order_by("id")
        for entry in update.affected_components
    ]
    assert moves == [("operational", DEGRADED), (DEGRADED, "operational")]


def test_a_private_component_is_linked_and_never_named():
    a_component("Search", is_public=False)
    incident = history.keep(a_past_incident())
    assert incident.affected.count() == 1
    assert [update.affected_components for update in incident.updates.all()] == [[], []]


def test_an_unknown_component_is_created_at_the_end_and_counts_from_its_first_trouble():
    first = a_component("Checkout", position=7)
    history.keep(a_past_incident())
    search = history.Component.objects.get(name="Search")
    assert (search.position, search.start_date, search.group) == (first.position + 1, NOON.date(), None)


def test_a_component_counts_from_its_first_known_trouble_at_the_latest():
    search = a_component("Search", start_date=NOON.date())
    history.keep(a_past_incident(begin=-3000, end=-2000))
    search.refresh_from_db()
    assert search.start_date == minute(-3000).date()


def test_the_present_state_of_a_component_stays():
    search = a_component("Search")
    an_open_incident(search)
    history.keep(a_past_incident())
    search.refresh_from_db()
    assert search.status == PARTIAL


def test_a_past_maintenance_affects_its_components_during_the_window_alone():
    updates = [
        PastUpdate(at=minute(0), status=MaintenanceStatus.SCHEDULED, body="Planned."),
        PastUpdate(at=minute(100), status=MaintenanceStatus.IN_PROGRESS, body="Begun."),
        PastUpdate(at=minute(160), status=MaintenanceStatus.COMPLETED, body="Done."),
    ]
    past = a_past_incident(
        0,
        160,
        updates=updates,
        impact=Impact.MAINTENANCE,
        window=(minute(100), minute(160)),
        components={"Search": ComponentStatus.UNDER_MAINTENANCE},
    )
    history.keep(past)
    assert Maintenance.objects.get().scheduled_for == minute(100)
    assert not Incident.objects.exists()
    assert timeline() == [(100, "under_maintenance"), (160, "operational")]


OVERLAPPING = [(0, 60, MAJOR), (30, 90, DEGRADED), (80, 120, PARTIAL), (10, 20, DEGRADED)]


@pytest.mark.parametrize("order", list(permutations(OVERLAPPING)))
def test_of_overlapping_incidents_the_worst_holds_at_every_moment_in_any_order(order):
    for begin, end, status in order:
        history.keep(a_past_incident(begin, end, components={"Search": ComponentStatus(status)}))
    shown = [entry for entry in timeline() if entry]
    assert compressed(shown) == [(0, MAJOR), (60, DEGRADED), (80, PARTIAL), (120, "operational")]


def compressed(changes):
    """Without the changes that change nothing."""
    kept = []
    for at, status in changes:
        if not kept or kept[-1][1] != status:
            kept.append((at, status))
    return kept


def test_the_past_of_a_component_joins_what_publishing_kept():
    search = a_component("Search")
    live = an_open_incident(search, at=minute(50)).incident
    publishing.post_update(incident=live, status="resolved", body="Over.", by=None, at=minute(70))
    history.keep(a_past_incident(40, 60, components={"Search": ComponentStatus(MAJOR)}))
    assert timeline() == [(40, MAJOR), (60, PARTIAL), (70, "operational")]


def test_downtime_found_out_later_counts_instead_of_the_incident():
    history.keep(a_past_incident(10, 60, downtime=(minute(0), minute(45))))
    assert timeline() == [(0, DEGRADED), (45, "operational")]


def test_an_incident_without_impact_leaves_no_trace_in_uptime():
    history.keep(a_past_incident(impact=Impact.NONE, components={"Search": ComponentStatus.OPERATIONAL}))
    assert timeline() == []


def test_an_incident_that_ended_as_it_began_leaves_no_trace_in_uptime():
    history.keep(a_past_incident(5, 5))
    assert timeline() == []


def test_text_is_markdown_source_and_nothing_of_it_is_code():
    body = "Use **Retry** <script>alert(1)</script>\nand wait."
    updates = [PastUpdate(at=minute(0), status=IncidentStatus.RESOLVED, body=body)]
    update = history.keep(a_past_incident(updates=updates)).updates.get()
    assert update.body == body
    assert "<strong>Retry</strong>" in update.body_html
    assert "<script" not in update.body_html


def test_the_page_version_is_left_to_the_caller():
    before = Site.load().page_version
    history.keep(a_past_incident())
    assert Site.load().page_version == before


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kolkata", "America/St_Johns", "UTC"])
@pytest.mark.parametrize("hour", range(-12, 13, 3))
def test_the_first_day_that_counts_is_the_pages_day(zone, hour):
    Site.objects.update_or_create(pk=1, defaults={"time_zone": zone})
    known = a_component("Known")
    begin = minute(60 * hour)
    components = dict.fromkeys(["Known", "New"], ComponentStatus(DEGRADED))
    history.keep(a_past_incident(60 * hour, 60 * hour + 30, components=components))
    known.refresh_from_db()
    days = set(Component.objects.values_list("start_date", flat=True))
    assert days == {known.start_date} == {begin.astimezone(ZoneInfo(zone)).date()}
