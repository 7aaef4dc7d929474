"""Planned work is moved, started, ended and cancelled on its screen; a note on it begins nothing."""

from datetime import timedelta

import pytest
from django.utils import timezone

from incidents.actions import publishing, scheduling
from incidents.enums import Act
from incidents.models import Announcement, IncidentUpdate, Site
from statuspage.lib import local_time
from tests.factories import a_component
from tests.incidents.console.conftest import in_minutes
from tests.planned import a_window

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def planned():
    return a_window(a_component("Database"), begins=24 * HOUR, lasts=2 * HOUR)


def begun(planned):
    scheduling.act_on(maintenance=planned, act=Act.START, by=None, at=timezone.now())
    planned.refresh_from_db()
    return planned


def act(lead, planned, act, **changes):
    return lead.compose("console:incident", planned.public_id, query=f"?act={act}", to="console:update", **changes)


def test_a_note_on_what_has_not_begun_begins_nothing_and_says_when_it_does(lead, planned):
    page = lead.get("console:incident", planned.public_id).text
    assert "Post a note" in page
    assert "begins nothing" in page
    assert lead.update(planned, body="Please log out before.").status_code == 302
    planned.refresh_from_db()
    assert planned.status == "scheduled"
    assert planned.components.get().status == "operational"


def test_it_is_moved_in_words_of_ours_and_everybody_is_told(lead, planned):
    window = {"scheduled_for": in_minutes(60), "scheduled_until": in_minutes(120)}
    assert act(lead, planned, "move", **window).status_code == 302
    planned.refresh_from_db()
    assert planned.scheduled_until - planned.scheduled_for == HOUR
    told = planned.announcements.order_by("pk").last()
    assert (told.window_change, told.status_label, told.is_milestone) == ("moved", "Moved", True)
    assert (told.scheduled_for, told.scheduled_until) == planned.window
    assert "was moved" in told.body


def test_of_what_has_begun_only_the_end_is_asked_for(lead, planned):
    begun(planned)
    form = lead.get("console:incident", planned.public_id, query="?act=move").context["form"]
    assert "scheduled_for" not in form.fields
    until = planned.scheduled_until
    assert act(lead, planned, "move", scheduled_until=in_minutes(60 * 48)).status_code == 302
    planned.refresh_from_db()
    assert until < planned.scheduled_until
    assert planned.announcements.order_by("pk").last().window_change == "extended"


@pytest.mark.parametrize(("what", "status"), [("start", "in_progress"), ("cancel", "cancelled")])
def test_start_and_cancel_need_no_words(lead, planned, what, status):
    assert act(lead, planned, what).status_code == 302
    planned.refresh_from_db()
    assert planned.status == status
    assert planned.announcements.count() == 2


def test_it_is_ended_in_the_leads_own_words_and_quietly_where_she_says_so(lead, planned):
    begun(planned)
    form = lead.form("console:incident", planned.public_id, query="?act=end")
    values = {name: value for name, value in form.items() if name != "tells"} | {"body": "Done, faster than planned."}
    assert lead.post("console:update", values, planned.public_id).status_code == 302
    planned.refresh_from_db()
    assert (planned.status, planned.components.get().status) == ("completed", "operational")
    assert planned.updates.last_written().body == "Done, faster than planned."
    assert planned.announcements.count() == 2


def test_pressed_twice_it_is_moved_once(lead, planned):
    values = lead.form("console:incident", planned.public_id, query="?act=move")
    values |= {"scheduled_for": in_minutes(60), "scheduled_until": in_minutes(120)}
    answers = [lead.post("console:update", values, planned.public_id) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert IncidentUpdate.objects.count() == 2


def test_what_a_colleague_did_meanwhile_is_shown_and_not_overwritten(lead, planned):
    values = lead.form("console:incident", planned.public_id, query="?act=cancel")
    publishing.post_update(incident=planned, status="scheduled", body="Ours.", by=None, at=timezone.now())
    answer = lead.post("console:update", values, planned.public_id)
    assert answer.status_code == 409
    assert "Ours." in answer.text
    planned.refresh_from_db()
    assert planned.status == "scheduled"


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"scheduled_until": in_minutes}, "scheduled_until", "must end after"),
        ({}, "scheduled_until", "its window already"),
        ({"scheduled_for": lambda minutes: in_minutes(-60)}, "scheduled_for", "past"),
        ({"scheduled_until": lambda minutes: in_minutes(366 * 24 * 60)}, "scheduled_until", "a year or longer"),
    ],
)
def test_a_window_that_cannot_be_is_refused_beside_its_field(lead, planned, changes, field, message):
    given = {name: value(5) for name, value in changes.items()}
    answer = act(lead, planned, "move", **given)
    assert answer.status_code == 422
    assert message in answer.context["form"].errors[field][0]
    assert Announcement.objects.count() == 1


def test_a_window_longer_than_a_month_is_asked_once(lead, planned):
    given = {"scheduled_until": in_minutes(60 * 24 * 60)}
    values = lead.form("console:incident", planned.public_id, query="?act=move") | given
    asked = lead.post("console:update", values, planned.public_id)
    assert asked.status_code == 422
    again = values | {"doubts_read": asked.context["form"].doubts_key}
    assert lead.post("console:update", again, planned.public_id).status_code == 302


def test_what_is_over_can_be_neither_moved_nor_cancelled(lead, planned):
    scheduling.act_on(maintenance=planned, act=Act.CANCEL, by=None, at=timezone.now())
    values = {"act": "move", "status": "cancelled", "scheduled_until": in_minutes(60), "request_key": "k"}
    answer = lead.post("console:update", values, planned.public_id)
    assert answer.status_code == 422
    planned.refresh_from_db()
    assert planned.status == "cancelled"


def test_the_preview_of_a_move_shows_the_new_window_and_what_else_goes_on_then(lead, planned):
    a_window(*planned.components.all(), begins=48 * HOUR, lasts=2 * HOUR, title="Network upgrade")
    values = lead.form("console:incident", planned.public_id, query="?act=move")
    values |= {"scheduled_for": in_minutes(48 * 60), "scheduled_until": in_minutes(49 * 60)}
    page = lead.post("console:page-preview", values).text
    assert "Network upgrade" in page
    assert "was moved" in page
    assert "No reminder 72 h before" in page


def test_a_window_is_typed_and_told_in_its_own_zone(lead):
    Site.load()
    given = {"title": "T", "body": "B", "zone": "Asia/Kolkata"}
    given |= {"scheduled_for": "2090-01-01T02:00", "scheduled_until": "2090-01-01T04:00"}
    assert lead.compose("console:new-maintenance", **given).status_code == 302
    planned = Announcement.objects.get().incident
    assert local_time.as_typed(planned.scheduled_for, local_time.UTC) == "2089-12-31T20:30"
    shown = lead.get("console:incident", planned.public_id, query="?act=move").context["form"]
    assert "02:00" in str(shown["scheduled_for"])


@pytest.mark.parametrize(("typed", "said"), [("2026-10-25T02:30", "comes twice"), ("2027-03-28T02:30", "leave out")])
def test_the_hour_that_is_twice_or_is_not_is_said_in_the_zone_of_the_window(lead, typed, said):
    given = {"title": "T", "body": "B", "zone": "Europe/Berlin", "scheduled_for": typed, "scheduled_until": ""}
    values = lead.form("console:new-maintenance") | given
    assert said in lead.post("console:new-maintenance", values).text


def test_the_board_offers_the_acts_and_says_what_runs_longer(lead, planned):
    late = a_window(a_component(), begins=-2 * HOUR, lasts=HOUR, ends_itself=False)
    begun(late)
    page = lead.get("console:board").text
    for public_id, acts in ((planned.public_id, ("start", "move", "cancel")), (late.public_id, ("move", "end"))):
        for one in acts:
            assert f"/incidents/{public_id}/?act={one}#update" in page
    assert "runs longer than planned" in page
