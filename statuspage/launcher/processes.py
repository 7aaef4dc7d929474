"""Child processes: started in a group of their own, logged to a file, restarted when they die, stopped for certain."""

import contextlib
import ctypes
import logging
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from logging.handlers import RotatingFileHandler
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None  # loaded here: after the fork is too late to be safe
_WORTH_SHOWING = re.compile(r"(?<!# )\b(WARNING|ERROR|CRITICAL)\b")  # "# WARNING": the broker on the kernel's settings
_LOG_BYTES = 5_000_000
_LONGEST_PAUSE = 30
_LIVED_WELL = 60


def die_with_parent() -> None:
    """Let the kernel end this child when its parent is killed (Linux), so that nothing is left behind. For
    `preexec_fn`."""
    if _LIBC:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass(frozen=True)
class Part:
    """A program that `make up` runs. `seconds`: how long it may take to stop before it is killed."""

    name: str
    command: Sequence[str]
    seconds: float


class Child:
    """A running Part. Every line goes to `logs`/<name>.log; warnings and worse also to `say`."""

    def __init__(self, part: Part, *, logs: Path, say: Callable[[str], None]):
        self.part = part
        self.log_file = logs / f"{part.name}.log"
        self._say = say
        self._log = RotatingFileHandler(self.log_file, maxBytes=_LOG_BYTES, backupCount=1)
        self._shown = ""
        self._pause = 0
        self._again_at = 0.0
        self.start()

    def start(self) -> None:
        self.started_at = time.monotonic()
        # A session of its own: the terminal's Ctrl-C reaches us alone, and we stop the parts in order.
        self.process = subprocess.Popen(
            self.part.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
        self._reader = threading.Thread(target=self._read, args=[self.process.stdout], daemon=True)
        self._reader.start()

    def _read(self, lines) -> None:
        with lines:
            for line in lines:
                self._log.handle(logging.makeLogRecord({"msg": line.rstrip("\n")}))
                self._show(line)

    def _show(self, line: str) -> None:
        """Warnings and worse; of a row of the same only the first."""
        kind = re.sub(r"\d+", "", line)
        if kind != self._shown and _WORTH_SHOWING.search(line):
            self._shown = kind
            self._say(f"{self.part.name:8} | {line.rstrip()}")

    def keep_alive(self) -> None:
        """Start it again if it died, after a pause that doubles with each death; called again and again."""
        if self._again_at:
            if time.monotonic() >= self._again_at:
                self._again_at = 0.0
                self.start()
        elif (status := self.process.poll()) is not None:
            self._kill_group()  # its own children must not hold the port
            lived = time.monotonic() - self.started_at
            self._pause = 1 if lived > _LIVED_WELL else min(max(1, self._pause * 2), _LONGEST_PAUSE)
            self._again_at = time.monotonic() + self._pause
            self._say(f"{self.part.name} {_how(status)}; again in {self._pause} s. Its log: {self.log_file}")

    def stop(self) -> None:
        """Ask it to end, wait, and then leave nothing of its group behind."""
        if not self._again_at:
            self.process.terminate()  # it alone: the workers of a worker would drop what they hold
            try:
                self.process.wait(self.part.seconds)
            except subprocess.TimeoutExpired:
                self._say(f"{self.part.name} did not stop within {self.part.seconds} s and was killed")
        self.kill()

    def kill(self) -> None:
        """End it and everything it started, at once."""
        if not self._again_at:
            self._kill_group()
            self._reader.join(1)
        self._log.close()

    def _kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def _how(status: int) -> str:
    return f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
