"""Celery's beat as a thread of a process that does something else: a process of its own takes 70 MB."""

import logging
import threading
import time
from pathlib import Path

from celery import current_app
from celery.beat import Service

AGAIN_AFTER = 5.0  # seconds
_log = logging.getLogger(__name__)


class Schedule:
    """Sends what is due until `end`. `file`: where it keeps when it sent what last."""

    def __init__(self, file: Path):
        self.file = file
        self._service: Service | None = None
        self._has_ended = False
        self._thread = threading.Thread(target=self._run, name="schedule", daemon=True)

    @property
    def is_running(self) -> bool:
        return self._thread.is_alive()

    def begin(self) -> None:
        self._thread.start()

    def _run(self) -> None:
        """A fault of it must not end what the process is there for."""
        while not self._has_ended:
            try:
                self._service = Service(current_app._get_current_object(), schedule_filename=str(self.file))
                self._service.start()
            except Exception:
                if not self._has_ended:
                    _log.exception("the schedule broke off; it begins again in %.0f s", AGAIN_AFTER)
                    time.sleep(AGAIN_AFTER)

    def end(self) -> None:
        """Keep what was sent when. Does not wait: it may sleep, or speak to a Redis that is silent."""
        self._has_ended = True
        if self._service:
            self._service.stop()
            self._service.sync()
