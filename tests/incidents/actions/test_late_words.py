"""Updates about an earlier time, told or not, and words after the end: what they show, and what they leave alone."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from incidents.actions import publishing, recalling, scheduling
from incidents.actions.composing import Draft
from incidents.actions.errors import Conflict, KeyReused
from incidents.actions.late_words import NO_PROMISE
from incidents.enums import ComponentStatus, Severity
from incidents.models import Announcement, AuditEvent, Incident
from incidents.page import statuspage_v2
from tests.factories import a_component, an_open_incident

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def minutes(number: float) -> datetime:
    return NOON + timedelta(minutes=number)


@pytest.fixture
def component():
    return a_component("Cards")


@pytest.fixture
def incident(component) -> Incident:
    """Open since 12:00, mitigating since 12:30, with a promise for 13:00."""
    opened = an_open_incident(component, at=NOON, body="We look into it.")
    say(opened.incident, "mitigating", at=minutes(30), next_update_at=minutes(60))
    return Incident.objects.get()


def say(incident, status, *, at, body="Words.", **kwargs):
    return publishing.post_update(incident=incident, status=status, body=body, by=None, at=at, **kwargs)


def refusal(incident, status, *, at=None, **kwargs) -> dict | list:
    """The messages; nothing was written, and a rehearsal says the same."""
    at = at or minutes(45)
    before = incident.updates.count()
    draft = Draft(status=status, body="Words.", by=None, at=at, **kwargs)
    with pytest.raises(ValidationError) as rehearsed:
        publishing.rehearse(incident, draft)
    with pytest.raises(ValidationError) as error:
        publishing.publish(incident, draft)
    assert incident.updates.count() == before
    assert error.value.messages == rehearsed.value.messages
    return getattr(error.value, "message_dict", error.value.messages)


def shown(incident) -> list[datetime]:
    return [update.display_at for update in incident.updates.newest_first()]


STANDS = ("status", "next_update_at", "resolved_at", "monitoring_at", "started_at", "impact", "severity", "is_public")


def standing(incident) -> tuple:
    """What of an incident and of its components holds now."""
    affected = list(incident.affected.values_list("component__status", "status"))
    return *(getattr(Incident.objects.get(pk=incident.pk), name) for name in STANDS), affected


def test_a_word_about_an_earlier_time_stands_at_that_time_and_moves_nothing(incident, component):
    before = standing(incident)
    update = say(incident, "identified", at=minutes(45), display_at=minutes(10))
    assert shown(incident) == [minutes(30), minutes(10), NOON]
    assert standing(incident) == before
    assert Incident.objects.get().updated_at == update.created_at == minutes(45)
    (row,) = update.affected_components
    assert (row["old_status"], row["new_status"]) == ("partial_outage", "partial_outage")
    assert update.announcement.is_backdated
    assert (update.announcement.published_at, update.announcement.next_update_at) == (minutes(10), None)
    component.refresh_from_db()
    assert component.status == ComponentStatus.PARTIAL_OUTAGE


def test_it_says_how_the_components_were_at_that_time_and_not_how_they_are(incident, component):
    say(incident, "mitigating", at=minutes(40), components={component: ComponentStatus.MAJOR_OUTAGE})
    update = say(incident, "mitigating", at=minutes(45), display_at=minutes(35))
    assert [row["new_status"] for row in update.affected_components] == ["partial_outage"]
    assert [row["status"] for row in update.announcement.components] == ["partial_outage"]


def test_it_names_no_component_of_which_nothing_had_been_said_by_then(incident, component):
    search = a_component("Search")
    say(incident, "mitigating", at=minutes(40), components={search: ComponentStatus.MAJOR_OUTAGE})
    update = say(incident, "identified", at=minutes(45), display_at=minutes(10))
    assert update.announcement.component_names == ["Cards"]


def test_what_is_newest_at_an_earlier_time_moves_the_incident_as_of_that_time(incident):
    say(incident, "monitoring", at=minutes(50), display_at=minutes(40))
    assert Incident.objects.get().monitoring_at == minutes(40)
    say(incident, "resolved", at=minutes(70), display_at=minutes(55))
    over = Incident.objects.get()
    assert (over.status, over.resolved_at, over.updated_at) == ("resolved", minutes(55), minutes(70))


def test_a_time_is_typed_to_the_minute_and_stands_behind_what_was_said_in_it(incident):
    say(incident, "mitigating", at=minutes(40.5))
    update = say(incident, "monitoring", at=minutes(41), display_at=minutes(40))
    assert shown(incident)[:2] == [minutes(40.5), minutes(40.5)]
    assert incident.updates.newest_first().first() == update
    assert Incident.objects.get().status == "monitoring"


def test_the_present_minute_is_no_earlier_time(incident):
    update = say(incident, "mitigating", at=minutes(40.5), display_at=minutes(40))
    assert not update.announcement.is_backdated


def test_a_time_of_the_future_or_before_the_beginning_is_refused(incident):
    assert refusal(incident, "mitigating", display_at=minutes(46)) == {
        "display_at": ["This is in the future. Leave it empty for now."]
    }
    (message,) = refusal(incident, "mitigating", display_at=minutes(-1))["display_at"]
    assert message.startswith("This is before it began, 12:00 UTC")


def test_an_older_word_that_would_move_something_is_refused_beside_its_field(incident, component):
    earlier = {"display_at": minutes(10)}
    assert refusal(incident, "mitigating", next_update_at=minutes(90), **earlier) == {"next_update_at": [NO_PROMISE]}
    worse = {component: ComponentStatus.MAJOR_OUTAGE}
    assert list(refusal(incident, "mitigating", components=worse, **earlier)) == ["components"]
    assert list(refusal(incident, "resolved", **earlier)) == ["status"]
    same = {component: ComponentStatus.PARTIAL_OUTAGE}
    assert say(incident, "mitigating", at=minutes(45), components=same, **earlier).pk


def test_an_older_word_of_a_maintenance_keeps_to_the_order_of_its_steps():
    planned = scheduling.schedule_maintenance(
        title="Move",
        body="We move.",
        components=[a_component()],
        scheduled_for=minutes(60),
        scheduled_until=minutes(120),
        by=None,
        at=NOON,
    ).incident
    say(planned, "in_progress", at=minutes(60))
    assert list(refusal(planned, "verifying", at=minutes(70), display_at=minutes(10))) == ["status"]
    update = say(planned, "scheduled", at=minutes(70), display_at=minutes(10))
    assert [row["new_status"] for row in update.affected_components] == ["operational"]
    assert Incident.all_kinds.get(pk=planned.pk).status == "in_progress"


def test_what_an_author_must_have_read_is_the_last_that_was_written(incident):
    newest_shown = incident.updates.newest_first().first()
    written = say(incident, "identified", at=minutes(45), display_at=minutes(10))
    with pytest.raises(Conflict) as conflict:
        say(incident, "mitigating", at=minutes(46), seen=newest_shown)
    assert conflict.value.latest == written
    assert say(incident, "mitigating", at=minutes(47), seen=written).pk


def test_a_recalled_promise_gives_way_to_the_one_of_the_newest_words_and_not_of_the_last_written(incident):
    wrong = say(incident, "mitigating", at=minutes(40), next_update_at=minutes(180))
    say(incident, "identified", at=minutes(45), display_at=minutes(10))
    recalling.recall(announcement=wrong.announcement, reason="Wrong.", by=None, at=minutes(46))
    assert Incident.objects.get().next_update_at == minutes(60)


def test_an_update_that_is_not_sent_is_shown_all_the_same(incident, client):
    update = say(incident, "mitigating", at=minutes(45), body="Quietly said.", tells=False)
    assert Announcement.objects.filter(update=update).count() == 0
    for address in ("/", incident.get_absolute_url(), "/updates.json", "/history.atom"):
        assert "Quietly said." in client.get(address).text, address
    (found,) = statuspage_v2.incidents()["incidents"]
    told = {one["body"]: one["deliver_notifications"] for one in found["incident_updates"]}
    assert told == {"Quietly said.": False, "Words.": True, "We look into it.": True}


def test_the_first_that_is_told_is_the_first_that_the_public_hears():
    quiet = an_open_incident(at=NOON, tells=False)
    assert say(quiet.incident, "mitigating", at=minutes(10)).announcement.is_first


def test_the_same_key_told_and_not_told_or_about_another_time_are_two_requests(incident):
    key = {"request_key": "k", "at": minutes(45)}
    first = say(incident, "mitigating", tells=False, **key)
    assert say(incident, "mitigating", tells=False, **key) == first
    for other in ({}, {"tells": False, "display_at": minutes(40)}):
        with pytest.raises(KeyReused):
            say(incident, "mitigating", **key, **other)


@pytest.fixture
def over(incident) -> Incident:
    """The same, resolved at 13:00."""
    say(incident, "resolved", at=minutes(60), body="It is over.")
    return Incident.objects.get()


def test_a_word_after_the_end_says_something_and_moves_nothing(over):
    before = standing(over)
    update = say(over, "resolved", at=minutes(600), body="The report is here.", is_late=True)
    assert standing(over) == before
    assert (update.status, update.status_label, update.is_late) == ("resolved", "Follow-up", True)
    announced = update.announcement
    assert (announced.is_over, announced.is_last, announced.is_milestone) == (True, False, False)
    assert shown(over)[0] == minutes(600)


def test_a_second_end_is_no_word_after_it(over):
    assert refusal(over, "resolved", at=minutes(70)) == ["This incident is resolved; open a new one to say more."]


def test_a_word_after_the_end_that_would_move_something_is_refused_beside_its_field(over, component):
    late = {"at": minutes(70), "is_late": True}
    assert list(refusal(over, "mitigating", **late)) == ["status"]
    assert list(refusal(over, "resolved", next_update_at=minutes(90), **late)) == ["next_update_at"]
    assert list(refusal(over, "resolved", components={component: ComponentStatus.MAJOR_OUTAGE}, **late)) == [
        "components"
    ]
    assert refusal(over, "resolved", display_at=minutes(50), **late) == {
        "display_at": ["It was over at 13:00 UTC. Choose a later time, or leave this empty."]
    }


def test_what_is_open_has_no_word_after_its_end(incident):
    assert refusal(incident, "mitigating", is_late=True) == ["This incident is not over. Post an ordinary update."]


def test_an_older_word_has_its_place_in_what_is_over_but_not_behind_the_end(over):
    before = standing(over)
    say(over, "identified", at=minutes(70), display_at=minutes(10))
    assert standing(over) == before
    say(over, "resolved", at=minutes(80), is_late=True)
    assert list(refusal(over, "mitigating", at=minutes(90), display_at=minutes(65))) == ["display_at"]


def test_a_word_after_the_end_can_stay_unsent_and_be_of_a_maintenance():
    planned = scheduling.schedule_maintenance(
        title="Move",
        body="We move.",
        components=[],
        scheduled_for=minutes(60),
        scheduled_until=minutes(120),
        by=None,
        at=NOON,
    ).incident
    say(planned, "cancelled", at=minutes(10))
    update = say(planned, "cancelled", at=minutes(20), is_late=True, tells=False)
    assert not Announcement.objects.filter(update=update).exists()
    assert Incident.all_kinds.get().resolved_at == minutes(10)


def test_an_incident_cannot_begin_as_a_late_word():
    with pytest.raises(ValidationError):
        an_open_incident(at=NOON, is_late=True, severity=Severity.P1)
    assert not Incident.objects.exists()


def test_the_audit_says_what_is_unusual_about_an_update(over):
    say(over, "identified", at=minutes(70), display_at=minutes(10), tells=False)
    say(over, "resolved", at=minutes(80), is_late=True)
    details = [event.detail for event in AuditEvent.objects.filter(action="published").order_by("-pk")[:3]]
    unusual = [{name: one[name] for name in one.keys() - {"status", "update"}} for one in details]
    assert unusual == [{"after_end": True}, {"shows": minutes(10).isoformat(), "told": False}, {}]
