"""What an update does beside saying something: opening again, a false alarm, making public what was internal."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from incidents.actions import catalogue, publishing, recalling, scheduling
from incidents.actions.following import acts
from incidents.enums import Act, MaintenanceStatus
from incidents.models import Announcement, AuditEvent, Component, Site, StatusChange
from incidents.page import history, overview, statuspage_v2, update_feeds, uptime
from incidents.page import incident as incident_page
from incidents.page.incident_views import brand
from tests.factories import a_component, an_open_incident

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def minute(number):
    return NOON + timedelta(minutes=number)


def post(incident, status, at, act=Act.UPDATE, **draft):
    incident.refresh_from_db()
    return publishing.post_update(
        incident=incident, status=status, body=f"Said at {at}.", act=act, by=None, at=minute(at), **draft
    )


@pytest.fixture
def payments():
    return a_component("Payments", start_date=NOON.date())


@pytest.fixture
def incident(payments):
    return an_open_incident(payments, at=NOON).incident


@pytest.fixture
def over(incident):
    post(incident, "resolved", 60)
    incident.refresh_from_db()
    return incident


def timeline():
    return [((one.at - NOON) // timedelta(minutes=1), one.status) for one in StatusChange.objects.all()]


# --- Opening again --------------------------------------------------------------------------------


def test_what_comes_back_goes_on_as_the_same_incident_at_the_same_address(over, payments):
    update = post(over, "investigating", 90, Act.REOPEN)
    over.refresh_from_db()
    assert (over.status, over.resolved_at, over.is_open) == ("investigating", None, True)
    assert Component.objects.get().status == "partial_outage"
    assert timeline() == [(0, "partial_outage"), (60, "operational"), (90, "partial_outage")]
    assert (update.announcement.reopens, update.announcement.is_first, update.announcement.is_milestone) == (
        True,
        False,
        True,
    )
    assert update.announcement.component_names == ["Payments"]
    assert AuditEvent.objects.order_by("pk").last().action == "reopened"
    assert [story.public_id for story in overview.build(at=minute(91)).incidents] == [over.public_id]


def test_it_may_have_come_back_otherwise(over, payments):
    post(over, "investigating", 90, Act.REOPEN, components={payments: "major_outage"})
    assert timeline()[-1] == (90, "major_outage")


def test_nobody_opens_it_again_by_accident(over):
    with pytest.raises(ValidationError, match="open a new one"):
        post(over, "investigating", 90)


def test_what_is_open_is_not_opened_again(incident):
    with pytest.raises(ValidationError, match="is open"):
        post(incident, "investigating", 90, Act.REOPEN)


@pytest.mark.parametrize(("hours", "may"), [(71, True), (72, True), (73, False)])
def test_it_may_be_opened_again_within_the_sites_time(over, hours, may):
    assert (Act.REOPEN in acts(over, at=over.resolved_at + timedelta(hours=hours))) == may


def test_the_time_is_the_sites_own_choice_and_none_is_one(over):
    Site.objects.update(reopen_hours=0)
    assert Act.REOPEN not in acts(over, at=minute(61))


def test_an_end_that_was_said_too_soon_is_corrected_in_place_as_if_it_had_never_ended(over):
    end = Announcement.objects.get(status="resolved")
    recalling.recall(announcement=end, reason="It still fails", by=None, at=minute(70))
    post(over, "mitigating", 75, Act.REOPEN, corrects=end)
    assert timeline() == [(0, "partial_outage")]
    post(over, "resolved", 100)
    assert timeline() == [(0, "partial_outage"), (100, "operational")]


def test_a_hidden_incident_that_is_opened_again_holds_nothing_down(over):
    catalogue.set_visibility(incident=over, is_public=False, by=None, at=minute(61))
    post(over, "investigating", 90, Act.REOPEN)
    assert timeline() == []
    assert Component.objects.get().status == "operational"


# --- False alarm ----------------------------------------------------------------------------------


@pytest.mark.parametrize("is_over", [False, True])
def test_a_false_alarm_leaves_uptime_as_if_nothing_had_been_and_stays_on_the_page_as_one(incident, payments, is_over):
    if is_over:
        post(incident, "resolved", 60)
    update = post(incident, "resolved", 70, Act.FALSE_ALARM)
    incident.refresh_from_db()
    assert timeline() == []
    assert Component.objects.get().status == "operational"
    assert incident.resolved_at == minute(60 if is_over else 70)
    page = incident_page.build(incident.public_id, at=minute(80)).story
    assert (page.label, page.is_false_alarm, page.lasted) == ("False alarm", True, None)
    assert page.affected_in_words[0][1] == "was not affected"
    assert page.updates[0].label == "False alarm"
    assert history.build(None, at=minute(80)).stories[0].label == "False alarm"
    assert update.announcement.status_label == "False alarm"
    [(_, counted)] = uptime.build(Component.objects.all(), brand(), at=minute(80))
    assert counted.percent == 100
    assert statuspage_v2.incidents()["incidents"][0]["status"] == "resolved"
    assert "False alarm" in update_feeds.atom(at=minute(100))


def test_a_false_alarm_leaves_what_others_say(incident, payments):
    an_open_incident(payments, status="degraded_performance", at=minute(10))
    post(incident, "resolved", 70, Act.FALSE_ALARM)
    assert timeline() == [(10, "degraded_performance")]


def test_a_false_alarm_that_was_none_is_opened_again_and_counts(incident):
    post(incident, "resolved", 30, Act.FALSE_ALARM)
    post(incident, "investigating", 40, Act.REOPEN)
    incident.refresh_from_db()
    assert not incident.is_false_alarm
    assert timeline() == [(0, "partial_outage"), (30, "operational"), (40, "partial_outage")]


@pytest.mark.parametrize("status", ["investigating", "mitigating"])
def test_a_false_alarm_ends_the_incident(incident, status):
    with pytest.raises(ValidationError, match="ends the incident"):
        post(incident, status, 5, Act.FALSE_ALARM)


def test_it_is_said_once(incident):
    post(incident, "resolved", 5, Act.FALSE_ALARM)
    with pytest.raises(ValidationError, match="said already"):
        post(incident, "resolved", 6, Act.FALSE_ALARM)


# --- Internal from the first moment ---------------------------------------------------------------


@pytest.fixture
def internal(payments):
    return an_open_incident(payments, is_public=False, title="The build server is slow", at=NOON).incident


def everything_public(at):
    pages = [overview.build(at=at), history.build(None, at=at), statuspage_v2.incidents(), statuspage_v2.summary()]
    return "".join(map(repr, pages)) + update_feeds.atom(at=minute(100))


def test_what_was_internal_becomes_public_by_its_first_words_for_the_public(internal):
    post(internal, "mitigating", 10)
    assert "build server" not in everything_public(minute(11))
    update = post(internal, "mitigating", 20, Act.MAKE_PUBLIC)
    internal.refresh_from_db()
    assert internal.is_public
    assert update.announcement.is_first
    assert Announcement.objects.count() == 1
    assert Component.objects.get().status == "partial_outage"
    assert timeline() == [(0, "partial_outage")]  # so it was, though nobody was told
    shown = everything_public(minute(21))
    assert "Said at 20." in shown
    assert "Said at 10." not in shown
    assert "Some card payments fail." not in shown
    assert [one.html for one in incident_page.build(internal.public_id, at=minute(21)).story.updates] == [
        "<p>Said at 20.</p>"
    ]


def test_what_is_public_is_not_made_public(incident):
    with pytest.raises(ValidationError, match="publish this as an update"):
        post(incident, "mitigating", 5, Act.MAKE_PUBLIC)


def test_showing_never_shows_what_was_written_while_it_was_internal(internal):
    with pytest.raises(ValidationError, match="internal from the first"):
        catalogue.set_visibility(incident=internal, is_public=True, by=None, at=minute(5))


def test_what_was_said_while_it_was_hidden_stays_hidden(incident):
    catalogue.set_visibility(incident=incident, is_public=False, by=None, at=minute(5))
    post(incident, "mitigating", 10)
    catalogue.set_visibility(incident=incident, is_public=True, by=None, at=minute(15))
    assert [update.html for update in incident_page.build(incident.public_id, at=minute(20)).story.updates] == [
        "<p>Some card payments fail. We are looking into it.</p>"
    ]


def test_a_window_is_neither_opened_again_nor_a_false_alarm(payments):

    work = scheduling.schedule_maintenance(
        title="Upgrade",
        body="We upgrade.",
        components=[payments],
        scheduled_for=minute(10),
        scheduled_until=minute(20),
        by=None,
        at=NOON,
    ).incident
    assert acts(work, at=minute(1)) == [Act.UPDATE, Act.START, Act.MOVE, Act.CANCEL]
    post(work, MaintenanceStatus.CANCELLED, 5)
    work.refresh_from_db()
    assert acts(work, at=minute(6)) == []
