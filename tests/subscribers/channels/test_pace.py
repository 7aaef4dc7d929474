"""How many connections: by an invented clock."""

import pytest

from subscribers.channels.pace import AFTER_REFUSAL, FIRST, WINDOW, Pace


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def watched(pace, clock, rate, seconds):
    """So many messages a second, for so long."""
    for _ in range(int(seconds / WINDOW) + 1):
        pace.done = int(rate * WINDOW * 1.01)
        clock.now += WINDOW * 1.01
        pace.took(0.0)


def test_more_connections_while_that_brings_more(clock):
    pace = Pace(50, clock)
    for _ in range(10):
        watched(pace, clock, pace.allowed * 100, 0)
    assert pace.allowed == 50


def test_no_more_than_bring_more(clock):
    pace = Pace(50, clock)
    for _ in range(10):
        watched(pace, clock, 1000, 0)
    assert pace.allowed == FIRST


def test_what_many_connections_are_told_at_once_halves_once(clock):
    pace = Pace(50, clock)
    for _ in range(FIRST):
        pace.refused()
    assert pace.allowed == FIRST // 2
    clock.now += WINDOW
    pace.refused()
    assert pace.allowed == FIRST // 4


def test_a_goodbye_now_and_then_changes_nothing(clock):
    pace = Pace(50, clock)
    pace.took(0.0)
    pace.refused()
    for _ in range(5):
        watched(pace, clock, 1000, 0)
        pace.refused()
    assert pace.allowed == FIRST
    pace.refused()
    pace.refused()
    assert pace.allowed == FIRST


def test_where_no_more_can_be_opened_those_that_stand_go_on(clock):
    pace = Pace(50, clock)
    for left in (7, 6, 5):
        pace.refused(left)
    assert pace.allowed == 5


def test_one_connection_is_not_for_ever(clock):
    pace = Pace(50, clock)
    pace.refused(0)
    assert pace.allowed == 1
    clock.now += AFTER_REFUSAL
    for _ in range(12):
        watched(pace, clock, pace.allowed * 100, 0)
    assert pace.allowed > 40
