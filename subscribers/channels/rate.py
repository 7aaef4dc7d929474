"""How fast a provider takes messages, lately."""

import time
from collections.abc import Callable

SECONDS = 0.25  # over which it is reckoned


class Rate:
    """Messages a second. `clock`: seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self.each_second = 0.0
        self._clock, self._counted_at = clock, clock()

    def begin(self) -> None:
        """Leave out the time until now: there was nothing to carry."""
        self._counted_at = self._clock()

    def count(self, ended: int, *, is_busy: bool) -> None:
        """So many ended since the last count. `is_busy`: more wait; else it may be faster, and the rate never falls."""
        now = self._clock()
        passed, self._counted_at = max(now - self._counted_at, 0.001), now
        rate = ended / passed
        if is_busy or rate > self.each_second:
            self.each_second += (rate - self.each_second) * min(passed / SECONDS, 1.0)
