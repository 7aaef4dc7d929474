"""Splitting off: a component's own trouble goes on as an incident of its own, since when it began."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from incidents.actions import catalogue, merging, publishing, scheduling, splitting
from incidents.actions.errors import Conflict
from incidents.models import Announcement, AuditEvent, Incident, StatePeriod, StatusChange
from incidents.page import incident as incident_page
from incidents.page import overview, statuspage_v2
from tests.factories import a_component, an_open_incident

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def minute(number):
    return NOON + timedelta(minutes=number)


def post(incident, status, at, **draft):
    incident.refresh_from_db()
    return publishing.post_update(
        incident=incident, status=status, body=f"Said at {at}.", by=None, at=minute(at), **draft
    )


def split(incident, *components, at=30, **kwargs):
    incident.refresh_from_db()
    asked = {"title": "Reports are late", "severity": "P3", "body": "Reports have a trouble of their own."}
    return splitting.split_off(incident=incident, components=components, by=None, at=minute(at), **asked | kwargs)


def told_of_components():
    return list(StatusChange.objects.order_by("component_id", "at", "id").values_list("component", "at", "status"))


@pytest.fixture
def payments():
    return a_component("Payments", start_date=NOON.date(), position=1)


@pytest.fixture
def reports():
    return a_component("Reports", start_date=NOON.date(), position=2)


@pytest.fixture
def incident(payments, reports):
    found = an_open_incident(payments, at=NOON).incident
    post(found, "identified", 10, components={reports: "degraded_performance"})
    return found


def test_the_new_one_began_with_the_trouble_of_its_components_and_the_other_goes_on_without_them(incident, reports):
    update = split(incident, reports)
    new = update.incident
    assert (new.title, new.follows, new.started_at) == ("Reports are late", incident, minute(10))
    assert dict(new.affected.values_list("component__name", "status")) == {"Reports": "degraded_performance"}
    assert list(incident.affected.values_list("component__name", flat=True)) == ["Payments"]
    assert list(StatePeriod.objects.filter(incident=new).values_list("component", "began_at", "ended_at")) == [
        (reports.pk, minute(10), None)
    ]


def test_uptime_counts_the_same_before_and_after_and_each_ends_by_itself(incident, payments, reports):
    before = told_of_components()
    new = split(incident, reports).incident
    assert told_of_components() == before
    for one in (incident, new):
        catalogue.retell_all_of(one)
    assert told_of_components() == before
    post(incident, "resolved", 40)
    reports.refresh_from_db()
    payments.refresh_from_db()
    assert (payments.status, reports.status) == ("operational", "degraded_performance")
    post(new, "resolved", 50)
    assert told_of_components()[-1] == (reports.pk, minute(50), "operational")


def test_the_new_one_is_announced_and_the_other_is_not(incident, reports):
    before = Announcement.objects.count()
    update = split(incident, reports)
    assert Announcement.objects.count() == before + 1
    assert (update.announcement.is_first, update.announcement.component_names) == (True, ["Reports"])
    assert incident.updates.count() == 2


def test_both_pages_lead_to_each_other(incident, reports, client):
    new = split(incident, reports).incident
    assert incident_page.build(new.public_id, at=minute(40)).split_from.url == incident.get_absolute_url()
    assert [one.title for one in incident_page.build(incident.public_id, at=minute(40)).split_off] == [new.title]
    assert "Split off from <a" in client.get(new.get_absolute_url()).text
    assert "was split off from this" in client.get(incident.get_absolute_url()).text
    assert {row["id"] for row in statuspage_v2.summary()["incidents"]} == {new.public_id, incident.public_id}
    assert len(overview.build(at=minute(40)).incidents) == 2


def test_a_page_leads_to_nothing_hidden(incident, reports):
    new = split(incident, reports).incident
    incident.refresh_from_db()
    catalogue.set_visibility(incident=incident, is_public=False, by=None, at=minute(31))
    assert incident_page.build(new.public_id, at=minute(40)).split_from is None
    catalogue.set_visibility(incident=incident, is_public=True, by=None, at=minute(32))
    catalogue.set_visibility(incident=new, is_public=False, by=None, at=minute(33))
    assert incident_page.build(incident.public_id, at=minute(40)).split_off == ()


def test_what_was_split_off_may_be_merged_again(incident, reports):
    before = told_of_components()
    new = split(incident, reports).incident
    incident.refresh_from_db()
    merging.merge(incident=new, into=incident, body="It is one after all.", by=None, at=minute(40))
    assert told_of_components() == before
    assert incident.affected.count() == 2
    page = incident_page.build(new.public_id, at=minute(50))
    assert (page.story.pk, page.split_from, page.split_off) == (incident.pk, None, ())


def test_what_was_split_off_is_linked_wherever_the_other_went(incident, reports, payments):
    other = an_open_incident(payments, at=NOON).incident
    new = split(incident, reports).incident
    incident.refresh_from_db()
    merging.merge(incident=incident, into=other, body="Both are one.", by=None, at=minute(40))
    assert incident_page.build(new.public_id, at=minute(50)).split_from.url == other.get_absolute_url()
    assert [one.title for one in incident_page.build(other.public_id, at=minute(50)).split_off] == [new.title]


def test_what_the_rest_was_merged_into_does_not_say_that_it_came_from_itself(incident, reports):
    new = split(incident, reports).incident
    incident.refresh_from_db()
    merging.merge(incident=incident, into=new, body="It is one after all.", by=None, at=minute(40))
    page = incident_page.build(incident.public_id, at=minute(50))
    assert (page.story.pk, page.split_from, page.split_off) == (new.pk, None, ())


def test_a_part_of_what_is_hidden_is_hidden(reports, payments):
    hidden = an_open_incident(payments, reports, is_public=False, at=NOON).incident
    assert not split(hidden, reports).incident.is_public
    assert not Announcement.objects.exists()


def test_both_stand_in_the_audit(incident, reports):
    new = split(incident, reports).incident
    events = AuditEvent.objects.filter(action="split off").values_list("subject_id", "detail")
    assert dict(events) == {
        incident.public_id: {"components": [reports.public_id], "new": new.public_id},
        new.public_id: {"components": [reports.public_id], "source": incident.public_id},
    }


def test_the_same_key_splits_once(incident, reports):
    first = split(incident, reports, request_key="k")
    assert split(incident, reports, at=31, request_key="k") == first
    assert Incident.objects.count() == 2


def refused(incident, components, words, field):
    with pytest.raises(ValidationError, match=words) as refusal:
        split(incident, *components)
    assert field in getattr(refusal.value, "error_dict", {"": 1})
    assert not Incident.all_kinds.filter(is_split_off=True).exists()


def test_one_component_at_least_must_stay(incident, payments, reports):
    refused(incident, [payments, reports], "One at least must stay", "components")


def test_something_must_be_chosen(incident):
    refused(incident, [], "Choose what", "components")


def test_what_the_incident_does_not_affect_cannot_be_split_off(incident):
    refused(incident, [a_component("Search")], "does not affect Search", "components")


def test_what_is_over_and_what_was_merged_stay_whole(incident, payments, reports):
    other = an_open_incident(payments, at=NOON).incident
    post(incident, "resolved", 20)
    refused(incident, [reports], "is resolved", "")
    incident.refresh_from_db()
    merging.merge(incident=incident, into=other, body="One.", by=None, at=minute(25))
    refused(incident, [reports], "was merged into", "")
    assert not splitting.can_be_split(incident)


def test_a_maintenance_stays_whole(payments, reports):
    work = scheduling.schedule_maintenance(
        title="Upgrade",
        body="We upgrade.",
        components=[payments, reports],
        scheduled_for=minute(10),
        scheduled_until=minute(20),
        by=None,
        at=NOON,
    ).incident
    refused(work, [reports], "planned as a whole", "")


def test_who_did_not_read_the_newest_update_is_told(incident, reports):
    seen = incident.updates.order_by("pk").first()
    with pytest.raises(Conflict):
        split(incident, reports, seen=seen)


def test_a_rehearsal_says_what_would_be_said_and_writes_nothing(incident, reports):
    update = splitting.rehearse(
        incident=incident,
        components=[reports],
        title="Reports are late",
        severity="P3",
        body="Reports have a trouble of their own.",
        by=None,
        at=minute(30),
    )
    assert update.announcement.component_names == ["Reports"]
    assert Incident.objects.count() == 1
    assert incident.affected.count() == 2
