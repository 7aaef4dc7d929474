"""Each act on planned work is followed by page, API v2, feeds and calendar at once, and nowhere is it told twice."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from incidents.actions import running, scheduling
from incidents.enums import Act, StepKind
from incidents.models import Announcement, PlannedStep, Site
from tests.factories import a_component
from tests.planned import a_window

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def planned():
    return a_window(a_component("Database"), begins=5 * DAY, lasts=2 * HOUR)


def act(planned, what, **kwargs):
    scheduling.act_on(maintenance=planned, act=what, by=None, at=timezone.now(), **kwargs)
    planned.refresh_from_db()


def later(planned, by):
    return tuple(moment + by for moment in planned.window)


def get(path):
    return Client().get(path)


def event(planned):
    events = Calendar.from_ical(get("/maintenances.ics").content).walk("VEVENT")
    return next(one for one in events if planned.public_id in one["UID"])


def of_v2(planned):
    rows = get("/api/v2/scheduled-maintenances.json").json()["scheduled_maintenances"]
    return next(row for row in rows if row["id"] == planned.public_id)


def test_moved_it_is_at_its_new_time_everywhere(planned):
    version, before = Site.load().page_version, event(planned)
    act(planned, Act.MOVE, window=later(planned, DAY))
    assert Site.load().page_version > version
    after = event(planned)
    assert after["UID"] == before["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert after.decoded("DTSTART") == planned.scheduled_for
    assert of_v2(planned)["scheduled_for"][:16] == f"{planned.scheduled_for:%Y-%m-%dT%H:%M}"
    assert "was moved" in get("/updates.atom").text
    page = get(planned.get_absolute_url()).text
    assert "Moved" in page
    assert planned.scheduled_for.isoformat()[:16] in page


def test_cancelled_it_is_so_everywhere(planned):
    before = event(planned)
    act(planned, Act.CANCEL)
    assert (event(planned)["STATUS"], event(planned)["SEQUENCE"] > before["SEQUENCE"]) == ("CANCELLED", True)
    assert of_v2(planned)["status"] in ("completed", "cancelled")
    assert "will not take place" in get(planned.get_absolute_url()).text


def test_extended_after_it_ran_over_no_number_of_the_calendar_goes_back():
    planned = a_window(a_component(), begins=-7 * HOUR, lasts=HOUR, ends_itself=False)
    running.run_due()
    planned.refresh_from_db()
    before = event(planned)["SEQUENCE"]
    act(planned, Act.MOVE, window=(planned.scheduled_for, planned.scheduled_until + DAY))
    assert event(planned)["SEQUENCE"] > before


def test_what_runs_over_says_so_on_the_page():
    planned = a_window(a_component(), begins=-2 * HOUR, lasts=HOUR, ends_itself=False)
    running.run_due()
    assert "taking longer than planned" in get(planned.get_absolute_url()).text


def test_what_waits_for_somebody_to_begin_it_accuses_nobody():
    planned = a_window(a_component(), begins=-HOUR, lasts=2 * HOUR, begins_itself=False)
    text = get(planned.get_absolute_url()).text
    assert "we have not started" not in text
    assert "we say here when it begins" in re.sub(r"\s+", " ", text)


def test_moved_away_and_back_its_steps_are_those_of_its_window(planned):
    own = planned.window
    act(planned, Act.MOVE, window=later(planned, DAY))
    act(planned, Act.MOVE, window=own)
    steps = PlannedStep.objects.open().filter(maintenance=planned.pk)
    expected = {(StepKind.BEGIN, own[0]), (StepKind.END, own[1])}
    expected |= {(StepKind.REMINDER, own[0] - lead) for lead in Site.load().reminder_leads}
    assert {(step.kind, step.due_at) for step in steps} == expected
    assert Announcement.objects.count() == 3
