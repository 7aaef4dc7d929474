from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from incidents.actions import publishing
from incidents.actions.errors import Conflict, KeyReused
from incidents.enums import ComponentStatus, IncidentStatus
from incidents.models import Announcement, Incident, Site, StatusChange
from tests.factories import a_component, a_user, an_open_incident

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def post(incident, status=IncidentStatus.MITIGATING, body="We found the cause.", **kwargs):
    return publishing.post_update(incident=incident, status=status, body=body, by=None, at=NOON, **kwargs)


def test_opening_an_incident_moves_its_components_and_keeps_the_change():
    payments = a_component("Payments")
    update = an_open_incident(payments, at=NOON, by=a_user("lead"))
    payments.refresh_from_db()
    assert payments.status == ComponentStatus.PARTIAL_OUTAGE
    change = StatusChange.objects.get(component=payments)
    assert (change.status, change.at, change.incident) == ("partial_outage", NOON, update.incident)
    assert update.affected_components == [
        {
            "code": payments.public_id,
            "name": "Payments",
            "old_status": "operational",
            "new_status": "partial_outage",
        }
    ]


def test_resolving_restores_what_the_other_open_incidents_still_imply():
    payments = a_component()
    worse = an_open_incident(payments, status=ComponentStatus.MAJOR_OUTAGE).incident
    an_open_incident(payments, status=ComponentStatus.DEGRADED_PERFORMANCE)
    post(worse, IncidentStatus.RESOLVED)
    payments.refresh_from_db()
    assert payments.status == ComponentStatus.DEGRADED_PERFORMANCE


def test_an_announcement_is_frozen_with_the_update():
    payments, hidden = a_component("Payments"), a_component("Hidden", is_public=False)
    update = an_open_incident(payments, hidden, title="Payments fail")
    Incident.all_kinds.update(title="Changed later")
    announcement = Announcement.objects.get(update=update)
    assert announcement.title == "Payments fail"
    assert announcement.component_names == ["Payments"]
    assert announcement.is_first
    with pytest.raises(TypeError):
        announcement.save()


def test_a_hidden_incident_announces_nothing():
    an_open_incident(is_public=False)
    assert not Announcement.objects.exists()


def test_the_first_word_that_the_public_hears_opens_the_incident_for_them():
    incident = an_open_incident(is_public=False).incident
    Incident.all_kinds.update(is_public=True)
    assert Announcement.objects.get(update=post(incident)).is_first
    assert not Announcement.objects.get(update=post(incident)).is_first


def test_every_publish_raises_the_page_version():
    before = Site.load().page_version
    incident = an_open_incident().incident
    post(incident)
    assert Site.load().page_version == before + 2


def test_the_same_key_with_the_same_content_publishes_once():
    first = an_open_incident(request_key="k")
    assert an_open_incident(request_key="k") == first
    assert Announcement.objects.count() == 1


def test_the_same_key_with_other_content_is_refused():
    an_open_incident(request_key="k")
    with pytest.raises(KeyReused):
        an_open_incident(request_key="k", body="Something else.")
    assert Incident.objects.count() == 1


def test_the_loser_of_two_authors_is_told_and_nothing_of_theirs_is_written():
    first = an_open_incident()
    theirs = post(first.incident)
    with pytest.raises(Conflict) as conflict:
        post(first.incident, body="Mine.", seen=first)
    assert conflict.value.latest == theirs
    assert first.incident.updates.count() == 2


def test_a_resolved_incident_takes_no_update():
    incident = an_open_incident().incident
    post(incident, IncidentStatus.RESOLVED)
    with pytest.raises(ValidationError, match="is resolved"):
        post(incident)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "Bad\x0btitle"),
        ("title", "a\u202eb"),
        ("title", "  "),
        ("title", "x" * 256),
        ("body", ""),
        ("body", "x" * 25_001),
        ("body", "[" * 5_000),
        ("body", "We know {{what_we_know}}."),
        ("body", "lone \ud800 surrogate"),
    ],
)
def test_what_cannot_be_sent_is_refused_by_field(field, value):
    with pytest.raises(ValidationError) as error:
        an_open_incident(**{field: value})
    assert list(error.value.message_dict) == [field]
    assert not Incident.objects.exists()


def test_next_update_is_forgotten_once_resolved():
    incident = an_open_incident(next_update_at=NOON + timedelta(minutes=30)).incident
    assert incident.next_update_at == NOON + timedelta(minutes=30)
    post(incident, IncidentStatus.RESOLVED, next_update_at=NOON)
    incident.refresh_from_db()
    assert incident.next_update_at is None
    assert incident.resolved_at == NOON
