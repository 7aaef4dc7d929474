from datetime import UTC, datetime, timedelta

import icalendar
import pytest

from incidents.actions import publishing, scheduling
from incidents.models import Maintenance, Site
from incidents.page import calendar
from tests.factories import a_component

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
BEGINS = NOON + timedelta(days=1)


def a_maintenance(title="Database upgrade", begins=BEGINS, components=(), body="We move to new machines."):
    return scheduling.schedule_maintenance(
        title=title,
        body=body,
        components=components,
        scheduled_for=begins,
        scheduled_until=begins + timedelta(hours=2),
        by=None,
        at=NOON,
    ).incident


def post(maintenance, status, body="So it is.", *, at=NOON + timedelta(hours=1)):
    publishing.post_update(incident=maintenance, status=status, body=body, by=None, at=at)


def events():
    return icalendar.Calendar.from_ical(calendar.build()).walk("VEVENT")


def test_a_maintenance_is_an_event_of_its_window():
    maintenance = a_maintenance(components=[a_component("Payments"), a_component("Search")])
    (event,) = events()
    assert event["uid"] == f"{maintenance.public_id}@status.example.test"
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (BEGINS, BEGINS + timedelta(hours=2))
    assert (event["summary"], event["status"], event["transp"]) == ("Database upgrade", "CONFIRMED", "TRANSPARENT")
    assert event["description"] == "Scheduled.\n\nAffects: Payments, Search.\n\nWe move to new machines."
    assert event["url"] == maintenance.get_public_url()
    assert (event["sequence"], event.decoded("dtstamp")) == (0, NOON)


def test_every_update_is_a_new_revision_of_the_same_event():
    maintenance = a_maintenance()
    before = events()[0]
    post(maintenance, "in_progress", "We have begun.")
    (after,) = events()
    assert after["uid"] == before["uid"]
    assert (before["sequence"], after["sequence"]) == (0, 1)
    assert after.decoded("dtstamp") > before.decoded("dtstamp")
    assert "We have begun." in after["description"]


def test_what_was_called_off_is_cancelled_and_stays_in_the_calendar():
    maintenance = a_maintenance()
    post(maintenance, "cancelled")
    (event,) = events()
    assert (event["uid"][:12], event["status"], event["sequence"]) == (maintenance.public_id, "CANCELLED", 1)


def test_the_newest_are_told_in_order_of_their_windows():
    for n in (2, 0, 1):
        a_maintenance(f"Work {n}", begins=BEGINS + timedelta(days=n))
    assert [str(event["summary"]) for event in events()] == ["Work 0", "Work 1", "Work 2"]


def test_lines_are_folded_and_text_is_escaped():
    a_maintenance(title="Move; a, b \\ ü", body="Long words. " * 40)
    raw = calendar.build()
    assert all(len(line) <= 75 for line in raw.split(b"\r\n"))
    assert b"SUMMARY:Move\\; a\\, b \\\\ \xc3\xbc\r\n" in raw
    assert str(events()[0]["summary"]) == "Move; a, b \\ ü"


def test_the_calendar_is_named_and_says_when_to_ask_again():
    Site.load()
    Site.objects.update(name="Northwind", time_zone="Europe/Berlin")
    raw = calendar.build().decode()
    assert "METHOD:PUBLISH\r\n" in raw
    assert "NAME:Northwind status: maintenance\r\n" in raw
    assert "X-WR-TIMEZONE:Europe/Berlin\r\n" in raw
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\n" in raw


def test_the_same_facts_are_the_same_bytes():
    a_maintenance()
    assert calendar.build() == calendar.build()


def test_it_takes_a_fixed_number_of_queries(django_assert_num_queries):
    for n in range(3):
        a_maintenance(f"Work {n}", components=[a_component()])
    assert Maintenance.objects.count() == 3
    with django_assert_num_queries(4):
        calendar.build()
