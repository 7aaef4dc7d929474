"""How fast a provider takes messages: by an invented clock."""

import pytest

from subscribers.channels.rate import SECONDS, Rate


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def counted(rate: Rate, clock: Clock, ended: int, is_busy: bool, seconds: float = SECONDS) -> float:
    clock.now += seconds
    rate.count(ended, is_busy=is_busy)
    return rate.each_second


def test_it_is_what_ends_in_a_second(clock):
    rate = Rate(clock)
    assert counted(rate, clock, 25, True) == 25 / SECONDS
    assert counted(rate, clock, 50, False) == 50 / SECONDS


def test_a_short_moment_counts_little(clock):
    rate = Rate(clock)
    counted(rate, clock, 25, True)
    assert 0.5 < counted(rate, clock, 0, True, SECONDS / 10) / (25 / SECONDS) < 1


def test_a_provider_that_was_given_nothing_is_no_slower(clock):
    rate = Rate(clock)
    found = counted(rate, clock, 25, True)
    assert counted(rate, clock, 2, False) == found
    clock.now += 3600
    rate.begin()
    assert counted(rate, clock, 25, True) == found


def test_a_provider_that_gets_slow_is(clock):
    rate = Rate(clock)
    counted(rate, clock, 1000, True)
    assert counted(rate, clock, 1, True) == 1 / SECONDS
