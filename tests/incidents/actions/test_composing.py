"""What is composed is what is saved."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.actions import publishing, recalling
from incidents.actions.beginning import new_incident, new_maintenance
from incidents.actions.composing import Draft, compose
from incidents.actions.errors import Conflict, KeyReused
from incidents.enums import ComponentStatus, Severity
from incidents.models import Announcement, IncidentUpdate
from tests.factories import a_component, an_open_incident

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(minutes=20)
OF_THE_ROW = {"id", "public_id", "created_at"}
OF_THE_ATTEMPT = {"request_key", "request_digest"}


def a_draft(status="investigating", **more):
    return Draft(**{"status": status, "body": "Some **fail**.", "by": None, "at": LATER} | more)


def a_new_one(payments, hidden):
    incident = new_incident(title="T", severity=Severity.P1, by=None, at=LATER)
    components = {hidden: ComponentStatus.MAJOR_OUTAGE, payments: ComponentStatus.PARTIAL_OUTAGE}
    return incident, a_draft(components=components, next_update_at=LATER + timedelta(hours=1))


def a_hidden_one(payments, hidden):
    return new_incident(title="T", severity=Severity.P1, by=None, at=LATER, is_public=False), a_draft()


def an_update(payments, hidden):
    incident = an_open_incident(payments, hidden, at=NOON).incident
    return incident, a_draft("monitoring", components={payments: ComponentStatus.OPERATIONAL})


def an_end(payments, hidden):
    incident = an_open_incident(payments, hidden, at=NOON).incident
    return incident, a_draft("resolved", next_update_at=LATER + timedelta(hours=1))


def a_maintenance(payments, hidden):
    window = {"scheduled_for": LATER + timedelta(hours=1), "scheduled_until": LATER + timedelta(hours=2)}
    components = dict.fromkeys((payments, hidden), ComponentStatus.UNDER_MAINTENANCE)
    return new_maintenance(title="T", by=None, at=LATER, **window), a_draft("scheduled", components=components)


def a_correction(payments, hidden):
    wrong = an_open_incident(payments, at=NOON).announcement
    recalling.recall(announcement=wrong, reason="Wrong.", by=None, at=NOON)
    return wrong.incident, a_draft(corrects=wrong)


CASES = [a_new_one, a_hidden_one, an_update, an_end, a_maintenance, a_correction]


@pytest.fixture(params=CASES, ids=lambda case: case.__name__)
def case(request):
    return request.param(a_component("Payments"), a_component("Ledger", is_public=False))


def said(row, *left_out):
    """The columns of a row, but for those that tell which row it is."""
    names = [one.name for one in row._meta.concrete_fields if one.name not in {*OF_THE_ROW, *left_out}]
    return {name: getattr(row, name) for name in names}


def test_what_is_rehearsed_is_what_is_published(case):
    incident, draft = case
    rehearsed = publishing.rehearse(incident, draft)
    before = said(rehearsed, "incident", *OF_THE_ATTEMPT)
    told = said(rehearsed.announcement, "incident", "update") if incident.is_public else None
    update = publishing.publish(incident, draft)
    saved = IncidentUpdate.objects.get(pk=update.pk)
    assert said(saved, "incident", *OF_THE_ATTEMPT) == before
    announcement = Announcement.objects.filter(update=saved).first()
    assert (announcement and said(announcement, "incident", "update")) == told


def test_rehearsing_writes_nothing(case):
    incident, draft = case
    with CaptureQueriesContext(connection) as queries:
        publishing.rehearse(incident, draft)
    assert [query["sql"] for query in queries if not query["sql"].startswith("SELECT")] == []
    assert not any("FOR NO KEY UPDATE" in query["sql"] for query in queries)


def test_composing_leaves_the_incident_as_it_is(case):
    incident, draft = case
    before = said(incident)
    compose(incident, draft).announcement()
    assert said(incident) == before


def test_a_rehearsal_is_refused_like_the_publishing():
    incident = an_open_incident(at=NOON).incident
    seen = incident.updates.get()
    publishing.post_update(incident=incident, status="mitigating", body="B", by=None, at=NOON, request_key="k")
    new = new_incident(title="", severity=Severity.P1, by=None, at=LATER)
    for act in (publishing.rehearse, publishing.publish):
        with pytest.raises(Conflict):
            act(incident, a_draft(), seen=seen)
        with pytest.raises(KeyReused):
            act(incident, a_draft(request_key="k"))
        with pytest.raises(ValidationError) as refused:
            act(new, a_draft())
        assert set(refused.value.message_dict) == {"title"}
        with pytest.raises(ValidationError, match="cannot become scheduled"):
            act(incident, a_draft("scheduled"))
        with pytest.raises(ValidationError, match="still going out"):
            act(incident, a_draft(corrects=seen.announcement))
