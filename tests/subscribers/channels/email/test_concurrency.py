"""How many connections: by an invented clock."""

import pytest

from subscribers.channels.email.concurrency import AFTER_REFUSAL, FIRST, MORE, REST, USED, WINDOW, AdaptiveLimit

STEP = 0.05


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def watched(pace, clock, rate, windows=1, used=1.0):
    """So many messages a second, until it was looked at so often. `used`: of the connections' time, for the relay."""
    for _ in range(windows):
        began = pace.since
        while pace.since == began:
            clock.now += STEP
            for _ in range(int(rate * STEP)):
                pace.took(0.0, used * pace.allowed / rate)


def test_more_connections_while_that_brings_more(clock):
    pace = AdaptiveLimit(50, clock)
    for _ in range(10):
        watched(pace, clock, pace.allowed * 100)
    assert pace.allowed == 50


def test_twice_as_many_at_once_while_nothing_is_known(clock):
    pace = AdaptiveLimit(50, clock)
    watched(pace, clock, FIRST * 100, windows=1)
    watched(pace, clock, 2 * FIRST * 100, windows=1)
    assert pace.allowed == 4 * FIRST


def test_after_a_pause_it_grows_more_slowly(clock):
    pace = AdaptiveLimit(100, clock)
    watched(pace, clock, FIRST * 100)
    clock.now += REST
    pace.took(0.0, 0.0)
    watched(pace, clock, 2 * FIRST * 100)
    assert pace.allowed == 2 * FIRST * MORE


def test_doubling_that_brings_little_is_taken_back(clock):
    """One small machine is as fast with few, and chasquid's queue is full sooner with many."""
    pace = AdaptiveLimit(50, clock)
    watched(pace, clock, 1000)
    watched(pace, clock, 1100, windows=2)
    assert pace.allowed == FIRST


def test_no_more_where_we_keep_the_relay_waiting(clock):
    pace = AdaptiveLimit(50, clock)
    for rate in (1000, 2000, 4000):
        watched(pace, clock, rate, used=USED / 2)
    assert pace.allowed == FIRST


def test_no_more_than_bring_more(clock):
    pace = AdaptiveLimit(50, clock)
    for _ in range(10):
        watched(pace, clock, 1000)
    assert pace.allowed == FIRST


def test_one_bad_window_is_no_reason_for_fewer(clock):
    pace = AdaptiveLimit(50, clock)
    watched(pace, clock, 1000)
    raised = pace.allowed
    watched(pace, clock, 1000)
    assert pace.allowed == raised > FIRST
    watched(pace, clock, raised * 125)
    assert pace.allowed > raised


def test_what_was_found_good_is_not_weighed_again(clock):
    pace = AdaptiveLimit(10, clock)
    watched(pace, clock, 1000)
    watched(pace, clock, 1200)
    for rate in (100, 600, 100, 100):
        watched(pace, clock, rate)
    assert pace.allowed == 10


def test_a_while_without_mail_says_nothing_about_the_relay(clock):
    pace = AdaptiveLimit(100, clock)
    for _ in range(3):
        watched(pace, clock, pace.allowed * 100)
    found = pace.allowed
    clock.now += REST  # a share of so long a window would be next to nothing
    for _ in range(2):
        clock.now += WINDOW
        pace.took(0.0, 0.0)
    watched(pace, clock, found * 100)
    assert pace.allowed > found


def test_what_many_connections_are_told_at_once_halves_once(clock):
    pace = AdaptiveLimit(50, clock)
    for _ in range(FIRST):
        pace.refused()
    assert pace.allowed == FIRST // 2
    clock.now += WINDOW
    pace.refused()
    assert pace.allowed == FIRST // 4


def test_a_goodbye_now_and_then_changes_nothing(clock):
    pace = AdaptiveLimit(50, clock)
    pace.took(0.0, 0.0)
    pace.refused()
    for _ in range(5):
        watched(pace, clock, 1000)
        pace.refused()
    assert pace.allowed == FIRST
    pace.refused()
    pace.refused()
    assert pace.allowed == FIRST


def test_where_no_more_can_be_opened_those_that_stand_go_on(clock):
    pace = AdaptiveLimit(50, clock)
    for left in (7, 6, 5):
        pace.refused(left)
    assert pace.allowed == 5


def test_one_connection_is_not_for_ever(clock):
    pace = AdaptiveLimit(50, clock)
    pace.refused(0)
    assert pace.allowed == 1
    clock.now += AFTER_REFUSAL
    for _ in range(12):
        watched(pace, clock, pace.allowed * 100)
    assert pace.allowed > 40
