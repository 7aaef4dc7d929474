"""Outcomes that come when their shift is over. A silent relay may take a minute to say whether it has a mail: a thread
of this process waits for that and writes it down, so that the worker goes on with what is due.

Until then the rows stay claimed and their journals open: a process that is killed leaves them in doubt, as ever.
"""

import contextlib
import logging
import threading
import time

from django.db import DatabaseError, connections

from . import ledger, watching
from .in_flight import Ended, Load

WAIT_SECONDS = 90.0  # whoever has said nothing by then never will
LOOK_SECONDS = 0.25

_log = logging.getLogger(__name__)


class _Vigil:
    """Over what one shift left in flight."""

    def __init__(self, load: Load):
        self.load = load
        self.until = time.monotonic() + WAIT_SECONDS
        self.ended: list[Ended] = []  # and not yet in the ledger

    def look(self) -> bool:
        """Whether there is more to wait for."""
        is_over = time.monotonic() > self.until
        try:
            self._write()
            if is_over:
                ledger.doubt_all(self.load.give_up())
            if not self.load.out:
                self.load.close()
        except Exception as error:
            if not isinstance(error, DatabaseError):
                _log.exception("The late outcomes of a shift are left to its journals")
            elif not is_over:
                return True
            self.load.abandon()
            return False
        return bool(self.load.out)

    def _write(self) -> None:
        self.ended += self.load.heard()
        if self.ended:
            watching.Watch(self.load.channel, is_probing=False).settle(self.ended)
            self.ended = []


_vigils: list[_Vigil] = []
_lock = threading.Lock()
_thread: threading.Thread | None = None


def wait_for(load: Load) -> None:
    """Returns at once. Nobody else may touch `load` from now on."""
    global _thread
    with _lock:
        _vigils.append(_Vigil(load))
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_keep_looking, name="late outcomes", daemon=True)
            _thread.start()


def finish() -> None:
    """Before this process ends."""
    if thread := _thread:
        thread.join(WAIT_SECONDS)


def _keep_looking() -> None:
    global _thread
    while True:
        over = [vigil for vigil in list(_vigils) if not vigil.look()]
        with contextlib.suppress(DatabaseError):
            connections.close_all()  # it is seldom needed
        with _lock:
            _vigils[:] = [vigil for vigil in _vigils if vigil not in over]
            if not _vigils:
                _thread = None
                return
        time.sleep(LOOK_SECONDS)
