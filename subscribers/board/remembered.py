"""The counts of the board that took long, kept for a while."""

import time
from collections.abc import Callable

LONG_SECONDS = 0.05


class Remembered:
    """A memory of what took long to count, kept for as many times as long as its counter says."""

    def __init__(self):
        self._found: dict = {}

    def get(self, key, count: Callable[[], tuple], enough: float = float("inf")):
        now = time.monotonic()
        found, until = self._found.get(key, (None, 0.0))
        if now < until:
            return found
        if now > enough:
            return found  # late rather than never
        found, times = count()
        took = time.monotonic() - now
        if took > LONG_SECONDS:
            self._found[key] = found, now + took * (times + 1)
        else:
            self._found.pop(key, None)
        return found

    def clear(self) -> None:
        self._found.clear()
