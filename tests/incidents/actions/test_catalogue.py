from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from incidents.actions import catalogue, publishing, scheduling
from incidents.enums import Act
from incidents.models import Announcement, AuditEvent, Component, ComponentGroup, Incident, Site, StatusChange
from tests.factories import a_component, a_user, an_open_incident

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
EARLIER = NOON - timedelta(hours=1)


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
    assert catalogue.set_visibility(incident=incident, is_public=False, by=lead, at=NOON) == []
    assert not Incident.objects.public().exists()
    assert (Site.load().page_version, Announcement.objects.count()) == (before[0] + 1, before[1])
    event = AuditEvent.objects.get(action="hid")
    assert (event.by, event.subject_id) == (lead, incident.public_id)


def test_hiding_what_is_hidden_changes_nothing():
    incident = an_open_incident().incident
    catalogue.set_visibility(incident=incident, is_public=False, by=None, at=NOON)
    version = Site.load().page_version
    assert catalogue.set_visibility(incident=incident, is_public=False, by=None, at=NOON) is None
    assert Site.load().page_version == version
    assert AuditEvent.objects.filter(action="hid").count() == 1


def move(incident, *, is_public):
    """The components' states that moved, by name."""
    changes = catalogue.set_visibility(incident=incident, is_public=is_public, by=None, at=NOON)
    return {change.component.name: change.status for change in changes}


def state_of(component):
    return Component.objects.get(pk=component.pk).status


def test_a_hidden_incident_holds_nothing_down_and_shown_again_it_does():
    payments = a_component("Payments")
    incident = an_open_incident(payments, at=EARLIER).incident
    assert move(incident, is_public=False) == {"Payments": "operational"}
    assert state_of(payments) == "operational"
    assert not StatusChange.objects.exists()  # uptime would show trouble of which the page says nothing
    assert move(incident, is_public=True) == {"Payments": "partial_outage"}
    assert state_of(payments) == "partial_outage"
    assert StatusChange.objects.get().at == EARLIER
    details = AuditEvent.objects.filter(action__in=["hid", "showed"]).order_by("pk").values_list("detail", flat=True)
    states = [{payments.public_id: "operational"}, {payments.public_id: "partial_outage"}]
    assert list(details) == [{"components": state} for state in states]


def test_hiding_leaves_what_other_public_incidents_and_the_own_state_say():
    shared, own = a_component("Shared"), a_component("Own", own_status="under_maintenance")
    hidden = an_open_incident(shared, own, status="major_outage", at=EARLIER).incident
    an_open_incident(shared, status="degraded_performance", at=EARLIER)
    assert move(hidden, is_public=False) == {"Shared": "degraded_performance", "Own": "under_maintenance"}


def test_hiding_maintenance_at_work_frees_its_components():
    payments = a_component("Payments")
    work = scheduling.schedule_maintenance(
        title="Upgrade",
        body="We upgrade.",
        components=[payments],
        scheduled_for=EARLIER,
        scheduled_until=NOON + timedelta(hours=1),
        by=None,
        at=EARLIER,
    ).incident
    publishing.post_update(incident=work, status="in_progress", body="We begin.", by=None, at=EARLIER)
    assert state_of(payments) == "under_maintenance"
    assert move(work, is_public=False) == {"Payments": "operational"}


def test_hiding_what_is_over_moves_no_component():
    payments = a_component("Payments")
    incident = an_open_incident(payments, at=EARLIER).incident
    publishing.post_update(incident=incident, status="resolved", body="Over.", by=None, at=NOON)
    assert move(incident, is_public=False) == {}
    assert move(incident, is_public=True) == {}


def test_an_incident_kept_internal_holds_nothing_down_whatever_is_published_on_it():
    payments = a_component("Payments")
    incident = an_open_incident(payments, is_public=False, at=EARLIER).incident
    publishing.post_update(
        incident=incident, status="identified", body="Worse.", by=None, at=NOON, components={payments: "major_outage"}
    )
    assert state_of(payments) == "operational"
    publishing.post_update(
        incident=incident, status="identified", body="It fails.", act=Act.MAKE_PUBLIC, by=None, at=NOON
    )
    assert state_of(payments) == "major_outage"
