from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from statuspage.lib import local_time

# Zone, what is typed, the zone's letters, the instant in UTC.
TYPED = [
    ("Europe/Berlin", "2026-10-25T02:30", "", "2026-10-25T00:30"),
    ("Europe/Berlin", "2026-10-25T02:30", "CEST", "2026-10-25T00:30"),
    ("Europe/Berlin", "2026-10-25T02:30", "CET", "2026-10-25T01:30"),
    ("Europe/Berlin", "2026-10-25T02:30", "UTC", "2026-10-25T02:30"),
    ("Europe/Berlin", "2026-03-29T02:30", "", "2026-03-29T01:30"),
    ("Europe/Berlin", "2026-11-21T14:30", "", "2026-11-21T13:30"),
    ("America/New_York", "2026-11-01T01:30", "", "2026-11-01T05:30"),
    ("America/New_York", "2026-11-01T01:30", "EST", "2026-11-01T06:30"),
    ("America/New_York", "2026-03-08T02:30", "", "2026-03-08T07:30"),
    ("Australia/Lord_Howe", "2026-04-05T01:45", "", "2026-04-04T14:45"),
    ("Australia/Lord_Howe", "2026-10-04T02:15", "", "2026-10-03T15:45"),
    ("America/Sao_Paulo", "2018-11-04T00:30", "", "2018-11-04T03:30"),
    ("America/Sao_Paulo", "2018-02-17T23:30", "", "2018-02-18T01:30"),
    ("Africa/Casablanca", "2026-02-15T02:30", "", "2026-02-15T01:30"),
    ("Africa/Casablanca", "2026-03-22T02:30", "", "2026-03-22T02:30"),
    ("Asia/Kolkata", "2026-10-25T02:30", "IST", "2026-10-24T21:00"),
    ("Pacific/Apia", "2011-12-30T12:00", "", "2011-12-30T22:00"),
]
NIGHTS = [
    ("Europe/Berlin", "2026-03-29T01:00"),
    ("Europe/Berlin", "2026-10-25T01:00"),
    ("America/New_York", "2026-03-08T07:00"),
    ("America/New_York", "2026-11-01T06:00"),
    ("Australia/Lord_Howe", "2026-04-04T15:00"),
    ("Australia/Lord_Howe", "2026-10-03T15:30"),
    ("America/Sao_Paulo", "2018-11-04T03:00"),
    ("America/Sao_Paulo", "2018-02-18T02:00"),
    ("Africa/Casablanca", "2026-02-15T02:00"),
    ("Africa/Casablanca", "2026-03-22T02:00"),
    ("Asia/Kolkata", "2026-10-25T01:00"),
    ("Pacific/Apia", "2011-12-30T10:00"),
]


@pytest.mark.parametrize(("zone", "typed", "letters", "instant"), TYPED)
def test_a_time_that_exists_twice_is_the_first_and_one_in_the_gap_the_time_after_it(zone, typed, letters, instant):
    found = local_time.instant(datetime.fromisoformat(typed), ZoneInfo(zone), letters)
    assert found.isoformat(timespec="minutes") == f"{instant}+00:00"


@pytest.mark.parametrize(("zone", "change"), NIGHTS)
def test_every_instant_around_a_clock_change_reads_back_as_itself(zone, change):
    zone = ZoneInfo(zone)
    for minutes in range(-180, 181, 5):
        at = datetime.fromisoformat(change).replace(tzinfo=UTC) + timedelta(minutes=minutes)
        typed = datetime.fromisoformat(local_time.as_typed(at, zone))
        assert (typed if typed.tzinfo else local_time.instant(typed, zone)) == at


def test_only_a_time_that_exists_twice_names_its_offset():
    berlin = ZoneInfo("Europe/Berlin")
    assert local_time.as_typed(datetime(2026, 10, 25, 1, 30, tzinfo=UTC), berlin) == "2026-10-25T02:30+01:00"
    assert local_time.as_typed(datetime(2026, 10, 25, 2, 30, tzinfo=UTC), berlin) == "2026-10-25T03:30"


def test_letters_that_the_zone_does_not_use_are_refused():
    with pytest.raises(ValueError, match="No EST"):
        local_time.instant(datetime(2026, 10, 25, 2, 30), ZoneInfo("Europe/Berlin"), "EST")
