"""What incidents said of their components before periods were kept is read from their updates, once."""

from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest
from django.apps import apps

from incidents.actions import catalogue, publishing, scheduling
from incidents.models import IncidentType, StatePeriod
from tests.factories import a_component, an_open_incident

pytestmark = pytest.mark.django_db
migration = import_module("incidents.migrations.0010_tell_the_past_as_periods")
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def minute(number):
    return NOON + timedelta(minutes=number)


def post(incident, status, at, **states):
    publishing.post_update(incident=incident, status=status, body="So it is.", by=None, at=minute(at), **states)


def an_hour_of_everything():
    shop, search, desk = a_component("Shop"), a_component("Search"), a_component("Desk", is_public=False)
    over = an_open_incident(shop, search, desk, at=NOON).incident
    post(over, "mitigating", 5, components={shop: "major_outage"})
    post(over, "mitigating", 9, components={search: "operational"})
    post(over, "resolved", 20)
    post(an_open_incident(search, at=minute(15)).incident, "monitoring", 30, components={shop: "degraded_performance"})
    work, idle = (
        scheduling.schedule_maintenance(
            title="Upgrade",
            body="We upgrade.",
            components=[shop, desk],
            scheduled_for=minute(40),
            scheduled_until=minute(60),
            by=None,
            at=NOON,
        ).incident
        for _ in range(2)
    )
    post(work, "in_progress", 40)
    post(work, "completed", 55)
    post(idle, "cancelled", 41)
    other = a_component("Alone")
    for at, status in enumerate(["major_outage", "degraded_performance", "operational", "partial_outage"]):
        catalogue.set_own_status(component=other, status=status, by=None, at=minute(at))


def kept(**which):
    rows = StatePeriod.objects.filter(**which)
    return sorted(rows.values_list("component__name", "incident_id", "status", "began_at", "ended_at"), key=str)


def test_periods_of_before_are_those_that_publishing_would_have_kept():
    an_hour_of_everything()
    public, private = {"component__is_public": True}, {"component__is_public": False, "incident__kind": "incident"}
    before, hidden = kept(**public), kept(**private)
    StatePeriod.objects.all().delete()
    for _ in range(2):  # a second time changes nothing
        migration.write_periods(apps, None)
        assert kept(**public) == before
        assert kept(**private) == hidden
    # No update names it: of planned work the window is what is known.
    assert [row[3:] for row in kept(component__is_public=False, incident__kind="maintenance")] == [
        (minute(40), minute(55))
    ]


def test_the_first_types_are_there_and_a_site_that_has_its_own_keeps_them():
    names = list(IncidentType.objects.values_list("name", flat=True))
    assert names[0] == "Database"
    IncidentType.objects.exclude(name="Network").delete()
    migration.begin_types(apps, None)
    assert IncidentType.objects.get().name == "Network"


def test_whoever_opened_it_owns_it_and_declared_it_then(django_user_model):
    lead = django_user_model.objects.create_user("lead")
    incident = an_open_incident(by=lead, at=NOON).incident
    type(incident).objects.update(owner=None, declared_at=None, created_at=NOON)
    migration.name_owners(apps, None)
    incident.refresh_from_db()
    assert (incident.owner, incident.declared_at) == (lead, NOON)
