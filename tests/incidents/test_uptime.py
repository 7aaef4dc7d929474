from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.enums import ComponentStatus
from incidents.uptime import Calendar, by_day, percentage

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=1000)
UTC_ZONE = ZoneInfo("UTC")
BERLIN = ZoneInfo("Europe/Berlin")
S = ComponentStatus


def ago(**kwargs):
    return NOW - timedelta(**kwargs)


def days(changes, since=LONG_AGO, zone=UTC_ZONE, **kwargs):
    return by_day(changes, since=since, now=NOW, zone=zone, **kwargs)


def test_a_component_without_a_change_was_up_all_the_time():
    assert percentage(days([])) == 100
    assert {day.status for day in days([])} == {S.OPERATIONAL}


def test_a_major_outage_counts_whole_and_a_partial_one_three_tenths():
    major = [(ago(hours=2), S.MAJOR_OUTAGE), (ago(hours=1), S.OPERATIONAL)]
    partial = [(ago(hours=2), S.PARTIAL_OUTAGE), (ago(hours=1), S.OPERATIONAL)]
    assert percentage(days(major, count=1)) == pytest.approx(100 * (1 - 1 / 12))
    assert percentage(days(partial, count=1)) == pytest.approx(100 * (1 - 0.3 / 12))


@pytest.mark.parametrize("status", [S.DEGRADED_PERFORMANCE, S.UNDER_MAINTENANCE])
def test_degradation_and_maintenance_are_shown_and_cost_nothing(status):
    (day,) = days([(ago(hours=2), status), (ago(hours=1), S.OPERATIONAL)], count=1)
    assert day.status == status
    assert percentage([day]) == 100


def test_days_before_the_component_existed_count_nothing():
    young = days([(ago(hours=6), S.MAJOR_OUTAGE)], since=ago(hours=12), count=3)
    assert [day.seconds for day in young] == [0, 0, 12 * 3600]
    assert percentage(young) == pytest.approx(50)
    assert percentage(young[:2]) is None


def test_an_outage_over_midnight_is_split_by_the_zone_of_the_page():
    outage = [
        (datetime(2026, 11, 19, 22, tzinfo=UTC), S.MAJOR_OUTAGE),
        (datetime(2026, 11, 20, 1, tzinfo=UTC), S.OPERATIONAL),
    ]
    utc = [day.by_status.get(S.MAJOR_OUTAGE, 0) / 3600 for day in days(outage, count=3)]
    berlin = [day.by_status.get(S.MAJOR_OUTAGE, 0) / 3600 for day in days(outage, zone=BERLIN, count=3)]
    assert (utc, berlin) == ([2, 1, 0], [1, 2, 0])


def test_the_day_on_which_the_clocks_go_back_has_25_hours():
    lengths = {day.date.isoformat(): day.seconds / 3600 for day in days([], zone=BERLIN)}
    assert lengths["2026-10-25"] == 25
    assert lengths["2026-10-26"] == 24


histories = st.lists(
    st.tuples(st.integers(0, 120 * 24 * 60).map(lambda minutes: ago(minutes=minutes)), st.sampled_from(list(S))),
    max_size=30,
).map(sorted)


@given(histories, st.sampled_from([UTC_ZONE, BERLIN, ZoneInfo("Pacific/Apia")]))
def test_every_second_since_the_beginning_is_counted_once(history, zone):
    since = ago(days=45, hours=5)
    counted = days(history, since=since, zone=zone)
    assert sum(day.seconds for day in counted) == pytest.approx((NOW - since).total_seconds())
    assert sum(sum(day.by_status.values()) for day in counted) == pytest.approx((NOW - since).total_seconds())
    assert 0 <= percentage(counted) <= 100


@given(histories)
def test_components_that_share_a_calendar_are_counted_as_if_each_had_its_own(history):
    calendar = Calendar(now=NOW, zone=BERLIN)
    for changes in (history, history[::2], [], history):
        seconds = [(at.timestamp(), status) for at, status in changes]
        assert calendar.days(seconds, since=ago(days=60)) == days(changes, since=ago(days=60), zone=BERLIN)


@given(histories, st.integers(0, 89))
def test_the_worst_of_a_day_is_the_worst_that_it_saw(history, index):
    day = days(history)[index]
    assert day.status == max(day.by_status, key=lambda status: status.rank)
    assert day.lost_seconds == pytest.approx(
        day.by_status.get(S.MAJOR_OUTAGE, 0) + 0.3 * day.by_status.get(S.PARTIAL_OUTAGE, 0)
    )
