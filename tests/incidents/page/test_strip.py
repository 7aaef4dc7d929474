from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from incidents.enums import ComponentStatus as S
from incidents.page.strip import Drawn, draw, draw_worst
from incidents.page.uptime import Uptime
from incidents.uptime import by_day, percentage

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=1000)


def counted(*changes, since=LONG_AGO):
    days = by_day(changes, since=since, now=NOW, zone=ZoneInfo("UTC"))
    return Uptime(days=tuple(days), percent=percentage(days))


def drawn(*changes, since=LONG_AGO):
    return draw(counted(*changes, since=since))


def outage(days_ago, status, *, days=0):
    begin = NOW - timedelta(days=days_ago)
    return [(begin, status), (begin + timedelta(days=days, hours=1), S.OPERATIONAL)]


def test_calm_days_are_one_path_and_nothing_more():
    assert drawn() == ("100", False, 90, "", "M0 10h90", ())


def test_a_percentage_is_said_with_its_word():
    assert drawn().words == "100 % up"
    assert drawn(*outage(5, S.MAJOR_OUTAGE)).words == "99.95 % up"


@pytest.mark.parametrize("status", [S.DEGRADED_PERFORMANCE, S.UNDER_MAINTENANCE])
def test_a_hundred_percent_is_not_said_of_what_did_not_work_as_it_should(status):
    """By the formula it lost nothing; the reader would take it for a lie."""
    assert drawn((NOW - timedelta(hours=3), status)).words == "no outage"
    assert drawn(*outage(40, status)).words == "no outage"


def test_nor_of_what_was_added_a_minute_ago():
    assert drawn(since=NOW - timedelta(minutes=1)).words == "new today"
    assert drawn(since=NOW - timedelta(days=1)).words == "100 % up"
    lost = drawn((NOW - timedelta(minutes=15), S.MAJOR_OUTAGE), since=NOW - timedelta(hours=1))
    assert lost.words == "75.00 % up"


def test_days_with_trouble_are_drawn_over_the_calm_ones_one_path_a_state_the_worst_last():
    strip = drawn(*outage(50, S.MAJOR_OUTAGE), *outage(40, S.PARTIAL_OUTAGE, days=2), *outage(0.1, S.MAJOR_OUTAGE))
    assert strip.lived == "M0 10h90"
    assert strip.troubled == (Drawn(S.PARTIAL_OUTAGE, "M49 10h3"), Drawn(S.MAJOR_OUTAGE, "M39 10h1M89 10h1"))


@pytest.mark.parametrize("status", [status for status in S if status != S.OPERATIONAL])
def test_every_state_that_is_not_operational_is_drawn_maintenance_too(status):
    assert drawn(*outage(89, status)).troubled == (Drawn(status, "M0 10h1"),)


def test_a_day_is_drawn_as_the_worst_that_it_saw():
    strip = drawn(
        (NOW - timedelta(hours=3), S.MAJOR_OUTAGE),
        (NOW - timedelta(hours=2), S.DEGRADED_PERFORMANCE),
        (NOW - timedelta(hours=1), S.OPERATIONAL),
    )
    assert strip.troubled == (Drawn(S.MAJOR_OUTAGE, "M89 10h1"),)


def test_days_before_it_existed_are_told_apart_from_calm_ones():
    strip = drawn(*outage(5, S.PARTIAL_OUTAGE), since=NOW - timedelta(days=9))
    assert (strip.before, strip.lived) == ("M0 10h80", "M80 10h10")
    assert strip.troubled == (Drawn(S.PARTIAL_OUTAGE, "M84 10h1"),)


def test_what_does_not_exist_yet_has_no_drawing():
    assert drawn(since=NOW + timedelta(days=1)) is None


def test_a_group_is_drawn_as_the_worst_of_its_components_on_each_day():
    both = [
        counted(*outage(5, S.PARTIAL_OUTAGE), *outage(3, S.DEGRADED_PERFORMANCE)),
        counted(*outage(5, S.MAJOR_OUTAGE)),
    ]
    assert draw_worst(both).troubled == (Drawn(S.DEGRADED_PERFORMANCE, "M86 10h1"), Drawn(S.MAJOR_OUTAGE, "M84 10h1"))


def test_a_group_begins_with_the_first_of_its_components():
    young, old = (counted(since=NOW - timedelta(days=days)) for days in (9, 30))
    unborn = counted(since=NOW + timedelta(days=1))
    assert draw_worst([young, old, unborn]).lived == "M59 10h31"
    assert draw_worst([unborn]) is None
