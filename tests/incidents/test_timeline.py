"""Of overlapping periods the worst holds at every moment; and what moves says why."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest

from incidents.enums import ComponentStatus
from incidents.timeline import Change, Period, changes, joined
from tests import seeds

NOON = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
FINE, WORK, SLOW, PARTIAL, DOWN = ComponentStatus


def minute(number):
    return NOON + timedelta(minutes=number)


def told(periods, *, begin=0, end=None, before=FINE):
    found = changes(periods, begin=minute(begin), end=end and minute(end), before=before)
    return [((one.at - NOON) // timedelta(minutes=1), one.status, one.cause) for one in found]


def period(status, begin, end=None, cause=1):
    return Period(status, minute(begin), None if end is None else minute(end), cause)


def test_nothing_happened():
    assert told([]) == []


def test_a_period_begins_and_ends():
    assert told([period(DOWN, 5, 9)]) == [(5, DOWN, 1), (9, FINE, 1)]


def test_what_lasts_has_no_end():
    assert told([period(DOWN, 5)]) == [(5, DOWN, 1)]


def test_the_worst_of_two_holds_and_each_is_named_for_what_it_does():
    assert told([period(PARTIAL, 0, 60, 1), period(DOWN, 10, 20, 2)]) == [
        (0, PARTIAL, 1),
        (10, DOWN, 2),
        (20, PARTIAL, 2),
        (60, FINE, 1),
    ]


def test_the_lesser_of_two_is_not_seen_while_the_worse_lasts():
    assert told([period(DOWN, 0, 60, 1), period(SLOW, 10, 90, 2)]) == [(0, DOWN, 1), (60, SLOW, 1), (90, FINE, 2)]


def test_two_alike_that_touch_are_one():
    assert told([period(SLOW, 0, 10, 1), period(SLOW, 10, 20, 2)]) == [(0, SLOW, 1), (20, FINE, 2)]


def test_what_was_known_before_is_where_it_begins():
    assert told([period(DOWN, -5, 9)], before=DOWN) == [(9, FINE, 1)]
    assert told([], before=DOWN) == [(0, FINE, None)]


def test_only_until_the_end_is_told():
    assert told([period(DOWN, 5, 90)], end=60) == [(5, DOWN, 1)]


def test_any_periods_agree_with_looking_at_every_minute():
    seed = seeds.seed(15)
    print("SEED", seed)
    choice = Random(seed)
    for _ in range(200):
        periods = [
            period(choice.choice([WORK, SLOW, PARTIAL, DOWN]), begin, begin + choice.randint(1, 9), number)
            for number, begin in enumerate(choice.choices(range(20), k=choice.randint(0, 6)))
        ]
        found = changes(periods, begin=NOON, end=None, before=FINE)
        assert all(one.status != other.status for one, other in pairwise(found))
        for number in range(32):
            covering = [one.status for one in periods if one.covers(minute(number))]
            assert state_at(found, minute(number)) == max(covering, key=lambda one: one.rank, default=FINE)


def state_at(found: list[Change], at: datetime) -> ComponentStatus:
    return next((one.status for one in reversed(found) if one.at <= at), FINE)


@pytest.mark.parametrize("at", [4, 9])
def test_a_period_holds_from_its_begin_until_before_its_end(at):
    assert not period(DOWN, 5, 9).covers(minute(at))
    assert period(DOWN, 5, 9).covers(minute(5))


def test_any_periods_joined_never_overlap_and_are_at_each_minute_the_worst():
    seed = seeds.seed(15)
    print("SEED", seed)
    choice = Random(seed)
    for _ in range(200):
        periods = [
            period(choice.choice([WORK, SLOW, PARTIAL, DOWN]), begin, choice.choice([None, begin + 1, begin + 7]))
            for begin in choice.choices(range(20), k=choice.randint(1, 6))
        ]
        found = joined(periods)
        assert all(one.ended_at and one.ended_at <= other.began_at for one, other in pairwise(found))
        assert all(one.ended_at is None or one.began_at < one.ended_at for one in found)
        for number in range(32):
            before = [one.status for one in periods if one.covers(minute(number))]
            after = [one.status for one in found if one.covers(minute(number))]
            assert after == ([max(before, key=lambda one: one.rank)] if before else [])
