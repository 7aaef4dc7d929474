"""What is so of an incident that is over, put right and told in one act: both or neither, once, to whoever was told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from incidents.actions import facts, facts_told, publishing
from incidents.actions.errors import Conflict, KeyReused
from incidents.enums import ComponentStatus, Severity
from incidents.models import Announcement, AuditEvent, Incident, IncidentUpdate
from subscribers.delivery import fanout
from subscribers.delivery.audience import recipients_of
from subscribers.models import Delivery, Subscription
from tests.factories import a_component, a_subscriber, an_open_incident

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def cards():
    return a_component("Cards", start_date=NOON.date() - timedelta(days=30))


@pytest.fixture
def search():
    return a_component("Search", start_date=NOON.date() - timedelta(days=30))


@pytest.fixture
def incident(cards) -> Incident:
    found = an_open_incident(cards, at=NOON).incident
    publishing.post_update(incident=found, status="resolved", body="Over.", by=None, at=NOON + HOUR)
    return Incident.objects.get()


def meant(incident, **changes) -> dict:
    known = facts.facts_of(incident)
    changes = changes or {"started_at": NOON - HOUR}
    return {"incident": incident, "facts": replace(known, **changes), "seen": known.marker}


def tell(values, body="It began at 11:00.", **more) -> IncidentUpdate:
    return facts_told.change_and_tell(**values, body=body, by=None, at=NOON + 3 * HOUR, **more)


def standing():
    kept = list(Incident.objects.values_list("title", "started_at", "resolved_at", "severity"))
    return kept, IncidentUpdate.objects.count(), Announcement.objects.count(), AuditEvent.objects.count()


def test_what_is_changed_is_told_as_a_correction_of_the_end(incident):
    end = Announcement.objects.get(status="resolved")
    update = tell(meant(incident))
    incident.refresh_from_db()
    assert incident.started_at == NOON - HOUR
    assert (update.is_late, update.status, update.body) == (True, "resolved", "It began at 11:00.")
    assert update.announcement.corrects == end
    assert incident.resolved_at == NOON + HOUR  # telling it moves nothing else


def test_whoever_was_told_hears_it_though_the_component_is_taken_out(incident, cards, search):
    chooser = a_subscriber(every_update=False, everything=False)
    Subscription.objects.create(subscriber=chooser, component=cards)
    for announcement in Announcement.objects.order_by("pk"):
        fanout.expand(announcement)
    Delivery.objects.update(state="sent")
    known = facts.facts_of(incident)
    spells = tuple(spell._replace(component=search) for spell in known.spells)
    update = tell(meant(incident, spells=spells), "It was Search, not Cards.")
    assert [row["name"] for row in update.announcement.components] == ["Search"]
    assert list(recipients_of(update.announcement)) == [chooser]


def test_a_rehearsal_says_what_would_be_told_and_writes_nothing(incident, search):
    spells = tuple(spell._replace(component=search) for spell in facts.facts_of(incident).spells)
    values = meant(incident, title="Search fails", spells=spells)
    with CaptureQueriesContext(connection) as queries:
        told = facts_told.rehearse(**values, body="It was Search.", by=None, at=NOON + 3 * HOUR)
    assert [one["sql"] for one in queries if not one["sql"].startswith("SELECT")] == []
    done = tell(values, "It was Search.")
    assert told.affected_components == done.affected_components
    names = [
        one.name for one in Announcement._meta.fields if one.name not in ("id", "public_id", "update", "created_at")
    ]
    same = [(name, getattr(told.announcement, name), getattr(done.announcement, name)) for name in names]
    assert [row for row in same if row[1] != row[2]] == []


def test_a_second_click_writes_nothing_and_other_words_under_its_key_are_refused(incident):
    values = meant(incident)
    first = tell(values, request_key="k")
    after = standing()
    assert tell(values, request_key="k") == first
    with pytest.raises(KeyReused):
        tell(values, "Other words.", request_key="k")
    assert standing() == after


@pytest.mark.parametrize("changes", [{"severity": Severity.P1}, {"severity": Severity.P2}])
def test_what_the_public_does_not_read_is_not_told(incident, changes):
    before = standing()
    with pytest.raises(ValidationError) as error:
        tell(meant(incident, **changes))
    assert "body" in error.value.message_dict
    assert standing() == before


@pytest.mark.parametrize("body", ["", "  ", "{{ what_we_know }}"])
def test_words_that_cannot_be_published_change_nothing(incident, body):
    before = standing()
    with pytest.raises(ValidationError):
        tell(meant(incident), body)
    assert standing() == before


def test_of_two_who_change_it_the_later_writes_nothing(incident):
    mine, theirs = meant(incident, title="Mine"), meant(incident, title="Theirs")
    tell(theirs)
    before = standing()
    with pytest.raises(facts.Edited):
        tell(mine)
    assert standing() == before


def test_where_somebody_said_more_meanwhile_nothing_is_changed(incident):
    seen = incident.updates.last_written()
    words = {"status": "resolved", "body": "The report is here.", "is_late": True, "by": None, "at": NOON + 2 * HOUR}
    publishing.post_update(incident=incident, **words)
    before = standing()
    with pytest.raises(Conflict):
        tell(meant(incident), seen_update=seen)
    assert standing() == before


def test_where_it_was_opened_again_meanwhile_nothing_is_changed(incident):
    values = meant(incident, title="All cards fail")
    words = {"status": "investigating", "body": "Again.", "act": "reopen", "by": None, "at": NOON + 2 * HOUR}
    publishing.post_update(incident=incident, **words)
    before = standing()
    with pytest.raises((ValidationError, facts.Edited)):
        tell(values)
    assert standing() == before


def test_a_fault_between_the_two_leaves_neither(incident, monkeypatch):
    def away(*args, **kwargs):
        raise DatabaseError("the database went away")

    before = standing()
    monkeypatch.setattr(Announcement, "save", away)
    with pytest.raises(DatabaseError):
        tell(meant(incident))
    assert standing() == before


def test_nobody_can_be_told_of_what_is_open_hidden_or_was_never_announced(incident, cards):
    assert facts_told.what_it_corrects(incident)
    opened = an_open_incident(cards, at=NOON).incident
    assert facts_told.what_it_corrects(opened) is None
    Incident.objects.filter(pk=incident.pk).update(is_public=False)
    incident.refresh_from_db()
    assert facts_told.what_it_corrects(incident) is None
    inside = an_open_incident(cards, at=NOON, is_public=False, status=ComponentStatus.DEGRADED_PERFORMANCE).incident
    assert facts_told.what_it_corrects(inside) is None
