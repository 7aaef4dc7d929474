from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from incidents.actions import publishing, scheduling
from incidents.enums import ComponentStatus, MaintenanceStatus
from incidents.models import Announcement, Incident, Maintenance
from tests.factories import a_component, an_open_incident

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def schedule(*components, **kwargs):
    values = {
        "title": "Database upgrade",
        "body": "We upgrade the database.",
        "components": components,
        "scheduled_for": NOON + timedelta(days=1),
        "scheduled_until": NOON + timedelta(days=1, hours=2),
        "by": None,
        "at": NOON,
    }
    return scheduling.schedule_maintenance(**values | kwargs).incident


def step(maintenance, status):
    return publishing.post_update(incident=maintenance, status=status, body="A step.", by=None, at=NOON)


def status_of(component):
    component.refresh_from_db()
    return component.status


def test_components_follow_a_maintenance_through_its_life():
    database = a_component()
    maintenance = schedule(database)
    assert status_of(database) == ComponentStatus.OPERATIONAL
    step(maintenance, MaintenanceStatus.IN_PROGRESS)
    assert status_of(database) == ComponentStatus.UNDER_MAINTENANCE
    step(maintenance, MaintenanceStatus.VERIFYING)
    assert status_of(database) == ComponentStatus.UNDER_MAINTENANCE
    step(maintenance, MaintenanceStatus.COMPLETED)
    assert status_of(database) == ComponentStatus.OPERATIONAL
    assert Announcement.objects.count() == 4


def test_maintenance_never_hides_an_outage():
    database = a_component()
    an_open_incident(database, status=ComponentStatus.MAJOR_OUTAGE)
    step(schedule(database), MaintenanceStatus.IN_PROGRESS)
    assert status_of(database) == ComponentStatus.MAJOR_OUTAGE


def test_ending_an_incident_leaves_the_maintenance_standing():
    database = a_component()
    step(schedule(database), MaintenanceStatus.IN_PROGRESS)
    incident = an_open_incident(database, status=ComponentStatus.MAJOR_OUTAGE).incident
    publishing.post_update(incident=incident, status="resolved", body="Over.", by=None, at=NOON)
    assert status_of(database) == ComponentStatus.UNDER_MAINTENANCE


@pytest.mark.parametrize("impossible", ["completed", "verifying", "resolved", "investigating"])
def test_a_step_that_cannot_follow_is_refused(impossible):
    with pytest.raises(ValidationError, match="cannot become"):
        step(schedule(), impossible)


def test_an_incident_does_not_take_the_steps_of_a_maintenance():
    with pytest.raises(ValidationError, match="cannot become in progress"):
        step(an_open_incident().incident, "in_progress")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"scheduled_until": NOON + timedelta(hours=23)}, "The window must end after it begins."),
        ({"scheduled_until": NOON + timedelta(days=1)}, "The window must end after it begins."),
        ({"scheduled_for": NOON - timedelta(hours=2), "scheduled_until": NOON}, "This is past; choose a later end."),
    ],
)
def test_a_window_that_cannot_be_is_refused_beside_the_field(changes, message):
    with pytest.raises(ValidationError) as error:
        schedule(**changes)
    assert error.value.message_dict == {"scheduled_until": [message]}
    assert not Incident.all_kinds.exists()


def test_work_that_has_begun_can_still_be_announced():
    begun = schedule(scheduled_for=NOON - timedelta(hours=1), scheduled_until=NOON + timedelta(minutes=1))
    assert begun.is_open


def test_incidents_and_maintenances_do_not_mix():
    maintenance, incident = schedule(), an_open_incident().incident
    assert list(Incident.objects.all()) == [incident]
    assert [row.pk for row in Maintenance.objects.upcoming()] == [maintenance.pk]
    assert Incident.all_kinds.count() == 2
