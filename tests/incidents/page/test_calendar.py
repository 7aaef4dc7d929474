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


def events(at=NOON):
    return icalendar.Calendar.from_ical(calendar.build(at=at)).walk("VEVENT")


def test_a_maintenance_is_an_event_of_its_window():
    maintenance = a_maintenance(components=[a_component("Payments"), a_component("Search")])
    (event,) = events()
    assert event["uid"] == f"{maintenance.public_id}@status.example.test"
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (BEGINS, BEGINS + timedelta(hours=2))
    assert (event["summary"], event["status"], event["transp"]) == ("Database upgrade", "CONFIRMED", "TRANSPARENT")
    assert event["description"] == "Scheduled.\n\nWill affect: Payments, Search.\n\nWe move to new machines."
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
    assert event["summary"] == "Cancelled: Database upgrade"  # some calendars never show the status
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (BEGINS, BEGINS + timedelta(hours=2))


def test_the_newest_are_told_in_order_of_their_windows():
    for n in (2, 0, 1):
        a_maintenance(f"Work {n}", begins=BEGINS + timedelta(days=n))
    assert [str(event["summary"]) for event in events()] == ["Work 0", "Work 1", "Work 2"]


def test_lines_are_folded_and_text_is_escaped():
    a_maintenance(title="Move; a, b \\ ü", body="Long words. " * 40)
    raw = calendar.build(at=NOON)
    assert all(len(line) <= 75 for line in raw.split(b"\r\n"))
    assert b"SUMMARY:Move\\; a\\, b \\\\ \xc3\xbc\r\n" in raw
    assert str(events()[0]["summary"]) == "Move; a, b \\ ü"


def test_the_calendar_is_named_and_says_when_to_ask_again():
    Site.load()
    Site.objects.update(name="Northwind", time_zone="Europe/Berlin")
    raw = calendar.build(at=NOON).decode()
    assert "METHOD:PUBLISH\r\n" in raw
    assert "NAME:Northwind status: maintenance\r\n" in raw
    assert "X-WR-TIMEZONE:Europe/Berlin\r\n" in raw
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\n" in raw


def test_the_same_facts_are_the_same_bytes():
    a_maintenance()
    assert calendar.build(at=NOON) == calendar.build(at=NOON)


def test_it_takes_a_fixed_number_of_queries(django_assert_num_queries):
    for n in range(3):
        a_maintenance(f"Work {n}", components=[a_component()])
    assert Maintenance.objects.count() == 3
    with django_assert_num_queries(4):
        calendar.build(at=NOON)


def window(at=NOON):
    (event,) = events(at)
    return event.decoded("dtstart") - BEGINS, event.decoded("dtend") - BEGINS


def minutes(number):
    return timedelta(minutes=number)


def test_what_began_and_ended_otherwise_than_planned_has_its_real_window():
    maintenance = a_maintenance()
    post(maintenance, "in_progress", at=BEGINS + minutes(20))
    assert window(BEGINS + minutes(21)) == (minutes(20), minutes(120))
    post(maintenance, "verifying", at=BEGINS + minutes(30))
    post(maintenance, "completed", at=BEGINS + minutes(45))
    assert window(BEGINS + minutes(46)) == (minutes(20), minutes(45))
    assert events()[0]["status"] == "CONFIRMED"


def test_what_ended_before_its_window_is_over_then():
    maintenance = a_maintenance()
    post(maintenance, "in_progress", at=BEGINS - minutes(60))
    post(maintenance, "completed", at=BEGINS - minutes(30))
    assert window() == (-minutes(60), -minutes(30))


def test_what_takes_longer_is_put_off_an_hour_each_time_and_never_seems_over():
    maintenance = a_maintenance()
    post(maintenance, "in_progress", at=BEGINS)
    seen = []
    for late in (119, 120, 179, 180, 605):
        at = BEGINS + minutes(late)
        (event,) = events(at)
        assert event.decoded("dtend") > at
        seen.append((window(at)[1], event["sequence"]))
    assert seen == [(minutes(end), revision) for end, revision in ((120, 1), (180, 2), (180, 2), (240, 3), (660, 10))]
    post(maintenance, "completed", at=BEGINS + minutes(610))
    (event,) = events(BEGINS + minutes(700))
    assert event.decoded("dtend") == BEGINS + minutes(610)
    assert event["sequence"] == 11
    assert event.decoded("last-modified") == BEGINS + minutes(610)


def test_when_the_end_was_put_off_the_event_was_modified():
    post(a_maintenance(), "in_progress", at=BEGINS)
    (event,) = events(BEGINS + minutes(185))
    assert event.decoded("last-modified") == event.decoded("dtstamp") == BEGINS + minutes(180)


def test_what_has_not_begun_keeps_its_window_however_late_it_is():
    a_maintenance()
    assert window(BEGINS + minutes(90)) == (minutes(0), minutes(120))


def test_what_was_over_at_once_still_ends_after_it_began():
    maintenance = a_maintenance()
    for status in ("in_progress", "completed"):
        post(maintenance, status, at=BEGINS)
    assert window() == (minutes(0), minutes(1))


def test_the_description_is_what_people_read_and_no_markdown():
    a_maintenance(body="We **move** `db1`.\nSee <https://a.example/?b&c>.\n\n- one\n- two\n\nThat is R&D.")
    said = str(events()[0]["description"])
    assert "We move db1.\nSee https://a.example/?b&c.\n" in said
    assert "\n- one\n- two\n" in said
    assert said.endswith("That is R&D.")
    assert not set(said) & set("*`<>")


@pytest.mark.parametrize("body", ["A long word: " + "ü" * 300, "שלום עולם 🎉 " * 30])
def test_folded_lines_come_back_as_they_were(body):
    a_maintenance(title="תחזוקה: " + "ü" * 60, body=body)
    raw = calendar.build(at=NOON)
    assert all(len(line) <= 75 for line in raw.split(b"\r\n"))
    (event,) = events()
    assert str(event["summary"]) == "תחזוקה: " + "ü" * 60
    assert str(event["description"]).endswith(body.strip())


def test_times_are_utc_and_need_no_zone():
    """On the night of the clock change too: of 30 minutes none is lost or counted twice."""
    Site.load()
    Site.objects.update(time_zone="Europe/Berlin")
    a_maintenance(begins=datetime(2027, 3, 28, 0, 45, tzinfo=UTC))
    raw = calendar.build(at=NOON)
    assert b"DTSTART:20270328T004500Z\r\n" in raw
    assert b"DTEND:20270328T024500Z\r\n" in raw
    assert b"VTIMEZONE" not in raw
