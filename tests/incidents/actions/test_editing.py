"""A quiet edit: the words of an update put right where they stand, and nothing else."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import OperationalError

from incidents.actions import editing, publishing, recalling
from incidents.actions.errors import Conflict, KeyReused
from incidents.models import Announcement, AuditEvent, Incident, IncidentUpdate, Site, UpdateRevision
from statuspage.lib.text import MAX_TEXT
from tests.factories import a_component, a_user, an_open_incident

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(minutes=20)
WRONG, RIGHT = "Card paments fail.", "Card payments fail."


@pytest.fixture
def update():
    return an_open_incident(a_component("Cards"), body=WRONG, at=NOON, next_update_at=NOON + timedelta(hours=1))


def edit(update, body=RIGHT, *, by=None, at=LATER, **kwargs) -> IncidentUpdate:
    return editing.edit_words(update=update, body=body, by=by, at=at, **kwargs)


def refusal(update, body=RIGHT, **kwargs) -> dict | list:
    """The messages; nothing was written, and a rehearsal says the same."""
    with pytest.raises(ValidationError) as rehearsed:
        editing.check(update=update, body=body)
    before = UpdateRevision.objects.count()
    with pytest.raises(ValidationError) as error:
        edit(update, body, **kwargs)
    assert UpdateRevision.objects.count() == before
    assert error.value.messages == rehearsed.value.messages
    return getattr(error.value, "message_dict", error.value.messages)


def test_the_words_change_and_what_stood_there_is_kept(update):
    lead = a_user("lead")
    edited = edit(update, "**Card** payments fail.", by=lead)
    assert (edited.body, edited.body_html) == ("**Card** payments fail.", "<p><strong>Card</strong> payments fail.</p>")
    assert edited.edited_at == LATER
    former = update.revisions.get()
    assert (former.body, former.body_html, former.at, former.by) == (WRONG, f"<p>{WRONG}</p>", LATER, lead)
    with pytest.raises(TypeError):
        former.save()


def test_nothing_else_moves_and_nothing_is_announced(update):
    names = [field.attname for field in IncidentUpdate._meta.concrete_fields]
    of_incident = [field.attname for field in Incident._meta.concrete_fields]
    before, incident = (
        IncidentUpdate.objects.values(*names).get(),
        Incident.objects.values(*of_incident).get(),
    )
    announced = Announcement.objects.values().get()
    edit(update)
    after = IncidentUpdate.objects.values(*names).get()
    assert {name for name in names if before[name] != after[name]} == {"body", "body_html", "edited_at"}
    moved = Incident.objects.values(*of_incident).get()
    assert {name for name in of_incident if incident[name] != moved[name]} == {"updated_at"}
    assert Announcement.objects.values().get() == announced


def test_the_audit_says_what_stood_there_and_what_stands_there(update):
    edit(update, by=a_user("lead"))
    event = AuditEvent.objects.get(action="edited words")
    assert (event.by_name, event.subject_id, event.at) == ("lead", update.incident.public_id, LATER)
    assert event.detail == {"update": update.public_id, "before": WRONG, "after": RIGHT}


def test_no_older_answer_of_the_page_may_be_shown_again(update):
    before = Site.load().page_version
    edit(update)
    assert Site.load().page_version == Site.load().oldest_shown == before + 1


def test_an_edit_of_what_a_colleague_just_edited_writes_nothing(update):
    edit(update, "Card payments fail for Visa.", seen=0)
    with pytest.raises(Conflict) as conflict:
        edit(update, seen=0)
    assert conflict.value.latest.body == "Card payments fail for Visa."
    assert edit(update, seen=1).body == RIGHT
    assert [one.body for one in update.revisions.all()] == ["Card payments fail for Visa.", WRONG]


def test_the_same_key_with_the_same_words_edits_once(update):
    first = edit(update, request_key="k", seen=0)
    again = edit(update, request_key="k", seen=0, at=LATER + timedelta(minutes=1))
    assert (again, again.edited_at) == (first, LATER)
    assert update.revisions.count() == AuditEvent.objects.filter(action="edited words").count() == 1


def test_the_same_key_with_other_words_or_for_another_update_is_refused(update):
    other = publishing.post_update(incident=update.incident, status="mitigating", body=WRONG, by=None, at=NOON)
    edit(update, request_key="k")
    for about, body in ((update, "Something else."), (other, RIGHT)):
        with pytest.raises(KeyReused):
            edit(about, body, request_key="k")
    assert UpdateRevision.objects.count() == 1


@pytest.mark.parametrize("same", [WRONG, f"  {WRONG}\r\n"])
def test_an_edit_that_changes_nothing_says_so(update, same):
    assert refusal(update, same) == {"body": [editing.UNCHANGED]}


@pytest.mark.parametrize("body", ["", " \n", "a\u202eb", "x" * (MAX_TEXT + 1), "By {{next_update_by}}.", "---"])
def test_words_that_could_not_be_published_cannot_be_edited_in(update, body):
    assert list(refusal(update, body)) == ["body"]


def test_withdrawn_words_are_not_edited_any_more(update):
    recalling.recall(announcement=update.announcement, reason="Wrong.", by=None, at=NOON)
    assert refusal(update) == [editing.WITHDRAWN]


def test_the_words_of_a_hidden_and_of_a_closed_incident_can_be_edited():
    hidden = an_open_incident(body=WRONG, at=NOON, is_public=False)
    over = publishing.post_update(
        incident=an_open_incident(at=NOON).incident, status="resolved", body=WRONG, by=None, at=NOON
    )
    for one in (hidden, over):
        assert edit(one).body == RIGHT
    assert Incident.objects.get(pk=over.incident_id).resolved_at == NOON


def test_a_new_contradiction_with_the_promise_is_a_doubt_and_an_old_one_is_not(update):
    promise = "We write again by 13:00 UTC."
    assert editing.new_doubts(update, f"{RIGHT} {promise}") == []
    (doubt,) = editing.new_doubts(update, f"{RIGHT} We write again by 15:00 UTC.")
    assert "15:00" in doubt.text
    edit(update, f"{RIGHT} We write again by 15:00 UTC.")
    update.refresh_from_db()
    assert editing.new_doubts(update, "Card payments fail. We write again by 15:00 UTC.") == []


def test_an_edit_that_breaks_off_in_the_middle_is_absent_and_its_retry_edits_once(update, monkeypatch):
    """As where the database dies after the words were written and before the end."""

    def die(*args, **kwargs):
        raise OperationalError("the server closed the connection")

    with monkeypatch.context() as broken:
        broken.setattr(AuditEvent, "record", die)
        with pytest.raises(OperationalError):
            edit(update, request_key="k", seen=0)
    update.refresh_from_db()
    assert (update.body, update.edited_at, UpdateRevision.objects.count()) == (WRONG, None, 0)
    assert edit(update, request_key="k", seen=0).body == RIGHT
    assert UpdateRevision.objects.count() == 1
