"""The answers themselves: what is sent, what was sent last, and how each is built."""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from .answer import Answer
from .disk_store import DiskStore
from .last_good import LastGood

MOST_ABSENT = 100  # paths without an answer
# Tells nginx, which keeps it to itself, that this is the same for everybody for a second; a 404 too, or what was hidden
# would stay in its cache. Before the other headers: up to 1.22 nginx obeys whichever it reads first.
KEPT_BY_PROXY = ("X-Accel-Expires", "1")
_log = logging.getLogger(__name__)


class Answers:
    """The answers of one process.

    `ask(path)` returns what Django answers to an anonymous GET of `path` as (status, headers, body). `fixed`: the
    paths that stay in memory. What nobody read for long is in no process's memory but still in the `disk_store`.
    """

    def __init__(self, *, ask: Callable, disk_store: DiskStore, fixed: Iterable[str]):
        self.ask = ask
        self.disk_store = disk_store
        self.building = threading.Lock()  # one build at a time
        self.fresh: dict[str, Answer] = {}  # what is sent as it is
        self.last_good = LastGood(is_lasting=disk_store.is_lasting, fixed=fixed)  # perhaps outdated
        self.missing: dict[str, Answer] = {}  # what is said of paths where there is nothing, until the page changes
        self.failed_builds: dict[str, float] = {}  # paths whose build failed, and since when: seconds since 1970
        self.version = self.oldest_shown = 0
        self.alive_at = float("-inf")  # the database's last sign of life, monotonic
        self.confirmed_at = 0.0  # the same for the reader: seconds since 1970
        self.is_unconfirmed = False

    def known(self, path: str) -> Answer | None:
        """Return what can be sent at once: an answer, or that there is none."""
        return self.fresh.get(path) or self.missing.get(path)

    def has_last(self, path: str) -> bool:
        """Whether there is a last good answer. Asks no disk, which may hang."""
        return path in self.last_good or path in self.disk_store

    def last(self, path: str) -> Answer | None:
        """The last good answer, from the disk store where it is not in memory; it says how old it is once all do."""
        answer = self.last_good.get(path) or self._taken_from_disk(path)
        if answer and self.is_unconfirmed and path not in self.fresh:
            self._show(path, answer)
        return answer and self.fresh.get(path, answer)

    def _show(self, path: str, answer: Answer) -> None:
        """Send it from now on. The flag is read last: the thread that raises it may be about to mark all answers."""
        self.fresh[path] = answer
        if self.is_unconfirmed:
            self.fresh[path] = answer.unconfirmed(datetime.fromtimestamp(self.confirmed_at, UTC))

    def _taken_from_disk(self, path: str) -> Answer | None:
        if not (answer := self.disk_store.find(path)):
            return None
        self._keep(path, answer)
        self._invalidate_before(self.oldest_shown)  # may have been raised in this moment
        return self.last_good.get(path)

    def build(self, path: str) -> Answer | None:
        """Ask Django for `path` and remember a good answer; None for a fault. The caller holds `building`.

        Where there is nothing any more, the old answer goes too: somebody has hidden it.
        """
        version, started = self.version, time.monotonic()
        try:
            status, headers, body = self.ask(path)
        except Exception:
            _log.exception("cannot build %s", path)
            status = "500"
        if status.startswith("5"):
            if path in self.fresh:
                self.failed_builds.setdefault(path, time.time())
            return None
        self.failed_builds.pop(path, None)
        self.alive_at = time.monotonic()
        _log.debug("built %s of version %d in %.0f ms", path, version, (self.alive_at - started) * 1000)
        answer = Answer(status, [KEPT_BY_PROXY, *headers], body, version)
        if status.startswith("200"):
            self._remember(path, answer)
        else:
            self._forget(path)
            if version == self.version:
                self.missing[path] = answer
            while len(self.missing) > MOST_ABSENT:
                self.missing.pop(next(iter(self.missing)), None)
        return answer

    def _remember(self, path: str, answer: Answer) -> None:
        self._keep(path, answer)
        self._show(path, answer)
        self.disk_store.store(path, answer)

    def _keep(self, path: str, answer: Answer) -> None:
        for gone in self.last_good.add(path, answer):
            self.fresh.pop(gone, None)
            self.failed_builds.pop(gone, None)

    def _forget(self, path: str) -> None:
        self.fresh.pop(path, None)
        if self.has_last(path):
            self._drop(lambda other, _: other == path)
            self.disk_store.forget(path)

    def _invalidate_before(self, oldest_shown: int) -> None:
        """Forget what may hold something hidden since; it would come back while the database is away.

        What could not be built anew stays until it can be.
        """
        self.oldest_shown = max(self.oldest_shown, oldest_shown)
        self._drop(lambda path, answer: answer.version < self.oldest_shown and path not in self.failed_builds)

    def _drop(self, is_unwanted: Callable[[str, Answer], bool]) -> None:
        for path in self.last_good.drop(is_unwanted):
            self.fresh.pop(path, None)
