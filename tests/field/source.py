"""Postfix's smtp-source, which sends as fast as it is answered."""

import statistics
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from tests.bench.relays import BYTES
from tests.field.packages import Packages, libraries_below
from tests.field.relay import Relay

FIRST, MORE, FEWER = (5,), (10, 20), (2, 1)  # sessions
WARM_UP = 20  # mails
AGAIN = 2
_SECONDS = 60


class Best(NamedTuple):
    """Its whole run with the number of sessions that was best: the median of all runs with it."""

    runs: list[float]
    sessions: int

    @property
    def seconds(self) -> float:
        return statistics.median(self.runs)


class Source:
    """Unpacked below `directory`. Raises Missing."""

    def __init__(self, directory: Path, packages: Packages):
        self.tool = directory / "usr/sbin/smtp-source"
        packages.unpack(directory, "postfix", libc=False)
        self.environment = libraries_below(directory)

    def warm_up(self, relay: Relay) -> None:
        """So that the server's own processes are there: who comes first would wait for them."""
        with suppress(subprocess.SubprocessError):
            self._seconds(relay, WARM_UP, *FIRST, _SECONDS)

    def best(self, relay: Relay, mails: int) -> Best | None:
        """At its best number of sessions, that once more, AGAIN times: the quickest of several runs is quick by luck
        too. None where it got them all through with no number."""
        best = self._best(relay, mails)
        with suppress(subprocess.SubprocessError):
            for _ in range(AGAIN if best else 0):
                best.runs.append(self._seconds(relay, mails, best.sessions, _SECONDS))
        return best

    def _best(self, relay: Relay, mails: int) -> Best | None:
        """What is slower than the best so far is ended, and no number further away in that direction is tried."""
        best = None
        for numbers in (FIRST, MORE, FEWER):
            if best and best.sessions in MORE and numbers is FEWER:
                break
            for sessions in numbers:
                try:
                    best = Best([self._seconds(relay, mails, sessions, best.seconds if best else _SECONDS)], sessions)
                except subprocess.SubprocessError:  # slower, or refused, mostly for too many sessions
                    break
        return best

    def _seconds(self, relay: Relay, mails: int, sessions: int, most: float) -> float:
        options = f"-s {sessions} -m {mails} -l {BYTES} -f source@bench.test -t {relay.others}".split()
        command = [self.tool, *(["-d"] if relay.is_kept else []), *options, f"127.0.0.1:{relay.port}"]
        began = time.perf_counter()
        subprocess.run(command, env=self.environment, check=True, capture_output=True, timeout=most)
        return time.perf_counter() - began
