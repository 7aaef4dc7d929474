"""Rules by which planned work recurs, beside what a calendar makes of them (recurring-ical-events)."""

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import recurring_ical_events
from django.core.exceptions import ValidationError
from icalendar import Calendar, Event, vRecur

from incidents.actions.recurrence import Recurrence, check
from tests.seeds import seed

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC", "Asia/Kathmandu")
SUNDAYS = "FREQ=WEEKLY;BYDAY=SU"
EARLY, LATE = datetime(2026, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)


def a_recurrence(rule=SUNDAYS, start="2027-03-07T02:00", end=None, zone=BERLIN) -> Recurrence:
    begin = datetime.fromisoformat(start)
    return Recurrence(zone, begin, datetime.fromisoformat(end) if end else begin + timedelta(hours=2), rule)


def keys(recurrence: Recurrence, *, after=EARLY, before=LATE, most=6) -> list[str]:
    return [one.key for one, _ in zip(recurrence.windows(after=after, before=before), range(most), strict=False)]


def hours(recurrence: Recurrence, key: str) -> tuple[str, str]:
    """Begin and end, in UTC, of the window that starts at `key`."""
    one = next(one for one in recurrence.windows(after=EARLY, before=LATE) if one.key == key)
    return f"{one.begins:%m-%d %H:%M}", f"{one.ends:%m-%d %H:%M}"


def test_each_window_has_its_original_start_as_its_key():
    assert keys(a_recurrence(), most=3) == ["2027-03-07T02:00", "2027-03-14T02:00", "2027-03-21T02:00"]


def test_what_is_given_by_instants_recurs_in_whole_minutes():
    begins = datetime(2027, 3, 7, 1, 0, 30, 500, tzinfo=UTC)
    weekly = Recurrence.of_window(begins, begins + timedelta(hours=2), BERLIN, SUNDAYS)
    check(weekly)
    assert keys(weekly, most=1) == ["2027-03-07T02:00"]


def test_only_what_begins_between_is_made():
    after, before = datetime(2027, 3, 14, 1, 0, tzinfo=UTC), datetime(2027, 3, 28, 1, 0, tzinfo=UTC)
    assert keys(a_recurrence(), after=after, before=before) == ["2027-03-21T02:00"]


@pytest.mark.parametrize(
    ("start", "end", "key", "expected"),
    [
        # Clocks go from 02:00 to 03:00: what begins in between begins after it, and ends by the wall clock ...
        ("2027-03-07T02:00", "2027-03-07T04:00", "2027-03-28T02:00", ("03-28 01:00", "03-28 02:00")),
        # ... or, where nothing would be left of it, is as long as on other days.
        ("2027-03-07T02:15", "2027-03-07T03:15", "2027-03-28T02:15", ("03-28 01:15", "03-28 02:15")),
        # Clocks go back from 03:00 to 02:00: it begins at the first 02:30, and ends by the wall clock.
        ("2027-03-07T02:30", "2027-03-07T03:30", "2027-10-31T02:30", ("10-31 00:30", "10-31 02:30")),
        ("2027-03-07T23:00", "2027-03-08T05:00", "2027-10-31T23:00", ("10-31 22:00", "11-01 04:00")),
    ],
)
def test_a_window_keeps_the_wall_clock_over_both_changes(start, end, key, expected):
    assert hours(a_recurrence(start=start, end=end), key) == expected


def test_half_an_hour_of_lord_howe():
    howe = a_recurrence("FREQ=DAILY", "2026-10-01T02:15", "2026-10-01T03:15", ZoneInfo("Australia/Lord_Howe"))
    assert hours(howe, "2026-10-04T02:15") == ("10-03 15:45", "10-03 16:15")


@pytest.mark.parametrize(
    ("rule", "start", "expected"),
    [
        ("FREQ=MONTHLY;BYMONTHDAY=31", "2027-01-31T02:00", ["01-31", "03-31", "05-31"]),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "2027-01-31T02:00", ["01-31", "02-28", "03-31"]),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "2024-02-29T02:00", ["02-29"]),
        ("FREQ=MONTHLY;BYDAY=1SU", "2027-01-03T02:00", ["01-03", "02-07", "03-07"]),
        ("FREQ=DAILY;COUNT=2", "2027-01-03T02:00", ["01-03", "01-04"]),
        ("FREQ=DAILY;UNTIL=20270104", "2027-01-03T23:30", ["01-03", "01-04"]),
        ("FREQ=DAILY;UNTIL=20270104T010000Z", "2027-01-03T02:00", ["01-03", "01-04"]),
        ("FREQ=DAILY;UNTIL=20270104T005959Z", "2027-01-03T02:00", ["01-03"]),
    ],
)
def test_ends_of_months_leap_days_and_ends_of_rules(rule, start, expected):
    assert [key[5:10] for key in keys(a_recurrence(rule, start), most=3)] == expected


def test_two_starts_that_a_change_of_clocks_puts_at_one_moment_are_one_window():
    nightly = a_recurrence("FREQ=DAILY;BYHOUR=2,3", "2027-03-27T02:00", "2027-03-27T02:30")
    assert keys(nightly, most=5) == [
        "2027-03-27T02:00",
        "2027-03-27T03:00",
        "2027-03-28T02:00",
        "2027-03-29T02:00",
        "2027-03-29T03:00",
    ]


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("", "Say how often"),
        ("weekly", "Say how often"),
        ("FREQ=WEEKLY;FREQ=DAILY", "each part once"),
        ("FREQ=MINUTELY", "more often than hourly"),
        ("FREQ=DAILY;BYSECOND=1", "BYSECOND is nothing"),
        ("FREQ=DAILY;BYMINUTE=0,30", "BYMINUTE cannot be"),
        ("FREQ=DAILY;INTERVAL=1000", "INTERVAL cannot be"),
        ("FREQ=DAILY;COUNT=3;UNTIL=20270401", "not both"),
        ("FREQ=DAILY;COUNT=1", "once at most"),
        ("FREQ=DAILY;UNTIL=20260101", "once at most"),
        ("FREQ=DAILY;UNTIL=20271301", "UNTIL cannot be"),
        ("FREQ=WEEKLY;BYDAY=MO", "first begins on Monday, 2027-03-08 at 02:00"),
        ("FREQ=HOURLY", "would last into the next one"),
        ("FREQ=WEEKLY;BYDAY=" + ",".join(["SU"] * 80), "Say how often"),
        ("RRULE:FREQ=DAILY", "Say how often"),
    ],
)
def test_what_no_planned_work_does_is_refused_beside_the_rule(rule, said):
    with pytest.raises(ValidationError) as refused:
        check(a_recurrence(rule))
    assert said in " ".join(refused.value.message_dict["rrule"])


def test_a_window_that_ends_before_it_begins_is_refused_beside_its_end():
    with pytest.raises(ValidationError) as refused:
        check(a_recurrence(end="2027-03-07T02:00"))
    assert list(refused.value.message_dict) == ["scheduled_until"]


@pytest.mark.parametrize("rule", [SUNDAYS, "freq=hourly;interval=3", "FREQ=YEARLY;BYMONTH=3;BYDAY=1SU"])
def test_what_recurs_without_an_end_is_taken(rule):
    check(a_recurrence(rule))


def a_random_rule(chance: random.Random) -> str:
    parts = {"FREQ": chance.choice(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]), "INTERVAL": chance.randint(1, 3)}
    if chance.random() < 0.4:
        parts["BYDAY"] = ",".join(chance.sample(["MO", "TU", "WE", "TH", "FR", "SA", "SU"], chance.randint(1, 3)))
    if chance.random() < 0.3:
        parts["BYMONTHDAY"] = ",".join(str(chance.choice([1, 15, 28, 29, 31, -1])) for _ in range(2))
    if chance.random() < 0.3:
        parts["COUNT"] = chance.randint(2, 40)
    return ";".join(f"{name}={value}" for name, value in parts.items())


def as_calendar_reads(recurrence: Recurrence, after: datetime, before: datetime) -> list[tuple[datetime, datetime]]:
    event = Event()
    event.add("uid", "1")
    event.add("dtstart", recurrence.start.replace(tzinfo=recurrence.zone))
    event.add("dtend", recurrence.end.replace(tzinfo=recurrence.zone))
    event.add("rrule", vRecur.from_ical(recurrence.rule))
    calendar = Calendar()
    calendar.add_component(event)
    found = recurring_ical_events.of(calendar).between(after, before)
    return sorted((one["DTSTART"].dt.astimezone(UTC), one["DTEND"].dt.astimezone(UTC)) for one in found)


def test_random_series_are_what_a_calendar_makes_of_them():
    """But for those of which a change of clocks leaves nothing."""
    chance = random.Random(seed(16))
    compared = 0
    for _ in range(200):
        zone, at = (
            ZoneInfo(chance.choice(ZONES)),
            datetime(2026, 1, 1) + timedelta(minutes=30 * chance.randrange(35_000)),
        )
        end = at + timedelta(minutes=15 * chance.randint(1, 40))
        recurrence = Recurrence(zone, at, end, a_random_rule(chance))
        after = at.replace(tzinfo=UTC) + timedelta(days=2)
        before = after + timedelta(days=chance.choice([30, 200, 400]))
        ours = [(one.begins, one.ends) for one in recurrence.windows(after=after, before=before)]
        theirs = [
            (begins, ends if ends > begins else begins + recurrence.lasts)
            for begins, ends in as_calendar_reads(recurrence, after, before)
            if after < begins < before
        ]
        assert ours == theirs, (recurrence, ours[:3], theirs[:3])
        compared += len(ours)
    assert compared > 2_000
