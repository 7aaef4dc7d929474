from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError

from incidents.actions import catalogue
from incidents.models import Announcement, AuditEvent, Component, ComponentGroup, Incident, Site, StatusChange
from tests.factories import a_component, a_user, an_open_incident

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def save(entry, *changed):
    return catalogue.save_entry(entry=entry, changed=changed, by=a_user(), at=NOON)


def test_an_edited_component_moves_the_page_and_is_audited():
    component, before = a_component("Search"), Site.load().page_version
    component.name = "Find"
    save(component, "name")
    assert Component.objects.get().name == "Find"
    assert Site.load().page_version == before + 1
    event = AuditEvent.objects.get()
    assert (event.action, event.subject, event.detail) == ("changed component", "Find", {"fields": ["name"]})


def test_only_edited_fields_are_written_so_a_state_that_moved_meanwhile_stays():
    stale = a_component("Search")
    an_open_incident(stale)
    stale.name = "Find"
    save(stale, "name")
    assert Component.objects.get().status == "partial_outage"
    assert StatusChange.objects.count() == 1


def test_an_own_status_becomes_the_state_and_is_kept():
    component = a_component()
    component.own_status = "degraded_performance"
    save(component, "own_status")
    assert Component.objects.get().status == "degraded_performance"
    assert StatusChange.objects.get().at == NOON


def test_a_new_component_with_a_state_of_its_own_has_it_at_once():
    save(Component(name="New", own_status="major_outage"))
    assert Component.objects.get().status == "major_outage"
    assert AuditEvent.objects.get().action == "added component"


@pytest.mark.parametrize("make", [lambda: ComponentGroup(name="Payments"), lambda: Site.load()])
def test_groups_and_the_site_are_kept_in_the_same_way(make):
    entry = make()
    before = Site.load().page_version
    save(entry, "name")
    assert Site.load().page_version == before + 1
    assert AuditEvent.objects.count() == 1


def test_a_component_with_a_history_stays():
    component = a_component()
    an_open_incident(component)
    with pytest.raises(ValidationError, match="Make it private"):
        catalogue.delete_entry(entry=component, by=None, at=NOON)
    assert Component.objects.exists()


def test_a_group_goes_only_once_it_is_empty():
    group = ComponentGroup.objects.create(name="Payments")
    component = a_component(group=group)
    with pytest.raises(ValidationError, match="Move them"):
        catalogue.delete_entry(entry=group, by=None, at=NOON)
    catalogue.delete_entry(entry=component, by=None, at=NOON)
    catalogue.delete_entry(entry=group, by=None, at=NOON)
    assert not ComponentGroup.objects.exists()
    assert list(AuditEvent.objects.order_by("pk").values_list("action", "subject")) == [
        ("deleted component", component.name),
        ("deleted component group", "Payments"),
    ]


def test_hiding_an_incident_moves_the_page_says_who_and_announces_nothing():
    incident = an_open_incident().incident
    before = Site.load().page_version, Announcement.objects.count()
    lead = a_user("lead")
    assert catalogue.set_visibility(incident=incident, is_public=False, by=lead, at=NOON)
    assert not Incident.objects.public().exists()
    assert (Site.load().page_version, Announcement.objects.count()) == (before[0] + 1, before[1])
    event = AuditEvent.objects.get(action="hid")
    assert (event.by, event.subject_id) == (lead, incident.public_id)


def test_hiding_what_is_hidden_changes_nothing():
    incident = an_open_incident().incident
    catalogue.set_visibility(incident=incident, is_public=False, by=None, at=NOON)
    version = Site.load().page_version
    assert not catalogue.set_visibility(incident=incident, is_public=False, by=None, at=NOON)
    assert Site.load().page_version == version
    assert AuditEvent.objects.filter(action="hid").count() == 1
