"""Outcomes that come when their run is over. A silent relay may take a minute to say whether it has a mail: a thread
of this process waits for that and writes it down, so that the worker goes on with what is due.

Until then the rows stay claimed and their journals open: a process that is killed leaves them in doubt, as ever.
"""

import contextlib
import logging
import threading
import time

from django.db import DatabaseError, connections

from . import ledger, watching
from .in_flight import InFlight

WAIT_SECONDS = 90.0  # whoever has said nothing by then never will
LOOK_SECONDS = 0.25

_log = logging.getLogger(__name__)


class _LateOutcomes:
    """The messages that one run left in flight, watched until each has ended."""

    def __init__(self, in_flight: InFlight):
        self.in_flight = in_flight
        self.until = time.monotonic() + WAIT_SECONDS

    def look(self) -> bool:
        """Write down what has ended since the last look. Returns whether there is more to wait for."""
        is_over = time.monotonic() > self.until
        try:
            self._write()
            if is_over:
                ledger.doubt_all(self.in_flight.give_up())
            if not self.in_flight.out:
                self.in_flight.close()
        except Exception as error:
            if not isinstance(error, DatabaseError):
                _log.exception("The late outcomes of a run are left to its journals")
            elif not is_over:
                return True
            self.in_flight.detach_journal()
            return False
        return bool(self.in_flight.out)

    def _write(self) -> None:
        self.in_flight.note_what_was_told()
        if self.in_flight.ended:
            watching.Monitor(self.in_flight.channel, is_probing=False).settle(self.in_flight.ended)
            self.in_flight.ended = []


_watched: list[_LateOutcomes] = []
_lock = threading.Lock()
_thread: threading.Thread | None = None


def wait_for(in_flight: InFlight) -> None:
    """Returns at once. Nobody else may touch `in_flight` from now on."""
    global _thread
    with _lock:
        _watched.append(_LateOutcomes(in_flight))
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_keep_looking, name="late outcomes", daemon=True)
            _thread.start()


def finish() -> None:
    """Wait for what is watched, at most WAIT_SECONDS: to be called before this process ends."""
    if thread := _thread:
        thread.join(WAIT_SECONDS)


def _keep_looking() -> None:
    global _thread
    while True:
        over = [late for late in list(_watched) if not late.look()]
        with contextlib.suppress(DatabaseError):
            connections.close_all()  # it is seldom needed
        with _lock:
            _watched[:] = [late for late in _watched if late not in over]
            if not _watched:
                _thread = None
                return
        time.sleep(LOOK_SECONDS)
