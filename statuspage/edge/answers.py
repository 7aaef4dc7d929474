"""The answers themselves: what is sent, what was sent last, and how each is built."""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from .answer import Answer
from .disk_store import Shelf
from .last_good import Kept

MOST_ABSENT = 100  # paths without an answer
# Tells nginx, which keeps it to itself, that this is the same for everybody for a second; a 404 too, or what was hidden
# would stay in its cache. Before the other headers: up to 1.22 nginx obeys whichever it reads first.
KEPT_BY_PROXY = ("X-Accel-Expires", "1")
_log = logging.getLogger(__name__)


class Answers:
    """The answers of one process.

    `ask(path)` returns what Django answers to an anonymous GET of `path` as (status, headers, body). `fixed`: the
    paths that stay in memory. What nobody read for long is in no process's memory but still on the `shelf`.
    """

    def __init__(self, *, ask: Callable, shelf: Shelf, fixed: Iterable[str]):
        self.ask = ask
        self.shelf = shelf
        self.building = threading.Lock()  # one build at a time
        self.ready: dict[str, Answer] = {}  # what is sent as it is
        self.kept = Kept(is_lasting=shelf.is_lasting, fixed=fixed)  # the last good ones, though they may be outdated
        self.absent: dict[str, Answer] = {}  # what is said of paths where there is nothing, until the page changes
        self.owed: dict[str, float] = {}  # paths whose build failed, and since when: seconds since 1970
        self.version = self.oldest_shown = 0
        self.alive_at = float("-inf")  # the database's last sign of life, monotonic
        self.confirmed_at = 0.0  # the same for the reader: seconds since 1970
        self.is_unconfirmed = False

    def known(self, path: str) -> Answer | None:
        """What can be sent at once: an answer, or that there is none."""
        return self.ready.get(path) or self.absent.get(path)

    def has_last(self, path: str) -> bool:
        """Whether there is a last good answer. Asks no disk, which may hang."""
        return path in self.kept or path in self.shelf

    def last(self, path: str) -> Answer | None:
        """The last good answer, from the shelf where it is not in memory; it says how old it is once all do."""
        answer = self.kept.get(path) or self._taken_from_shelf(path)
        if answer and self.is_unconfirmed and path not in self.ready:
            self._show(path, answer)
        return answer and self.ready.get(path, answer)

    def _show(self, path: str, answer: Answer) -> None:
        """Send it from now on. The flag is read last: the thread that raises it may be about to mark all answers."""
        self.ready[path] = answer
        if self.is_unconfirmed:
            self.ready[path] = answer.unconfirmed(datetime.fromtimestamp(self.confirmed_at, UTC))

    def _taken_from_shelf(self, path: str) -> Answer | None:
        if not (answer := self.shelf.find(path)):
            return None
        self._keep(path, answer)
        self._withdraw(self.oldest_shown)  # may have been raised in this moment
        return self.kept.get(path)

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
            if path in self.ready:
                self.owed.setdefault(path, time.time())
            return None
        self.owed.pop(path, None)
        self.alive_at = time.monotonic()
        _log.debug("built %s of version %d in %.0f ms", path, version, (self.alive_at - started) * 1000)
        answer = Answer(status, [KEPT_BY_PROXY, *headers], body, version)
        if status.startswith("200"):
            self._remember(path, answer)
        else:
            self._forget(path)
            if version == self.version:
                self.absent[path] = answer
            while len(self.absent) > MOST_ABSENT:
                self.absent.pop(next(iter(self.absent)), None)
        return answer

    def _remember(self, path: str, answer: Answer) -> None:
        self._keep(path, answer)
        self._show(path, answer)
        self.shelf.keep(path, answer)

    def _keep(self, path: str, answer: Answer) -> None:
        for gone in self.kept.add(path, answer):
            self.ready.pop(gone, None)
            self.owed.pop(gone, None)

    def _forget(self, path: str) -> None:
        self.ready.pop(path, None)
        if self.has_last(path):
            self._drop(lambda other, _: other == path)
            self.shelf.forget(path)

    def _withdraw(self, oldest_shown: int) -> None:
        """Forget what may hold something hidden since; it would come back while the database is away.

        What could not be built anew stays until it can be.
        """
        self.oldest_shown = max(self.oldest_shown, oldest_shown)
        self._drop(lambda path, answer: answer.version < self.oldest_shown and path not in self.owed)

    def _drop(self, is_unwanted: Callable[[str, Answer], bool]) -> None:
        for path in self.kept.drop(is_unwanted):
            self.ready.pop(path, None)
