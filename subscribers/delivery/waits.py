"""The number of attempts of one delivery, and the waits in between."""

import random
from datetime import timedelta

MAX_ATTEMPTS = 12
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(minutes=30)
_random = random.SystemRandom()  # workers forked from one parent must not share a jitter


def wait_after(attempts: int) -> timedelta:
    """Doubling, with jitter, so that what failed together does not come back together."""
    longest: timedelta = min(FIRST_WAIT * 2 ** max(attempts - 1, 0), LONGEST_WAIT)
    return longest * _random.uniform(0.5, 1)
