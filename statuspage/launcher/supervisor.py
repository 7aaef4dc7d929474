"""Keeps the parts of one stack running, and stops them in the reverse of the order they were started in."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from .processes import Child, Part

_TICK = 0.1


class Supervisor:
    """Takes over the signals of the process. `stop_requested`: somebody wants it to end."""

    def __init__(self, *, logs: Path, say: Callable[[str], None]):
        self.stop_requested = False
        self._asked_at = 0.0
        self._children: list[Child] = []
        self._logs = logs
        self._say = say
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def start(self, part: Part) -> Child:
        child = Child(part, logs=self._logs, say=self._say)
        self._children.append(child)
        return child

    def wait_for(self, happened: Callable[[], object], seconds: float = float("inf")) -> bool:
        """Keep the parts alive until `happened()`; False when asked to end, or after `seconds`, before that."""
        deadline = time.monotonic() + seconds
        while not self.stop_requested and time.monotonic() < deadline:
            if happened():
                return True
            for child in self._children:
                child.keep_alive()
            time.sleep(_TICK)
        return False

    def stop(self) -> None:
        """Stop every part, the last started first: nobody loses the part that it speaks to."""
        while self._children:
            self._children[-1].stop()
            self._children.pop()

    def _on_signal(self, number, frame) -> None:
        # A second Ctrl-C means now. The same signal twice at once does not: `timeout` and `make` pass theirs on too.
        if self.stop_requested and number == signal.SIGINT and time.monotonic() - self._asked_at > 0.5:
            for child in reversed(self._children):
                child.kill()
            os._exit(130)
        if not self.stop_requested:
            self.stop_requested, self._asked_at = True, time.monotonic()
