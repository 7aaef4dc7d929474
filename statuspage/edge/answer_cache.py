"""The published answers: what is sent, what was sent last, and how both follow the database.

One thread a process watches the page version, which every publish raises in its own transaction, and builds anew what
readers ask for while the old answers are still being sent. It looks every LOOK_EVERY seconds, and at once when another
thread hears that the page changed. When the database is silent the last good answers stay, and after UNCONFIRMED_AFTER
seconds they say so.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from itertools import islice

from .answer import Answer
from .answers import Answers
from .disk_store import DiskStore
from .last_good import MOST_IN_MEMORY

LOOK_EVERY = 0.5  # seconds between two looks at the page version
LOOK_AFTER_CHANGE = 0.9  # seconds to the next one: what changes all the time is built again once a second
RENEW_EVERY = 30.0  # seconds after which even an unchanged page is built again: it speaks of the time
RENEW_FOR = 3.0  # seconds spent on it at most; what a crawler asked for must not keep the process busy
WARM_FOR = 0.1  # seconds spent, between two looks, on what nobody asked for
SILENT_AFTER = 1.2  # seconds without a sign of life of it, after which other processes may know better
RETRY_EVERY = 1.0  # seconds after which a page that failed is built again
LOST_AFTER = 3.0  # seconds without a sign of life, after which no reader waits for it
UNCONFIRMED_AFTER = 90.0  # seconds without one, after which the page says so
LISTEN_AGAIN_AFTER = 2.0  # seconds after the connection was lost by which changes were heard
FIRST_LOOK = 2.0  # seconds that a new process waits for the database before it serves what the disk store kept
READ_FIRST = ("/", "/history/")  # in an outage; from there readers go on

Versions = Callable[[], tuple[int, int]]
Listen = Callable[[Callable[[], object]], None]
_log = logging.getLogger(__name__)


class AnswerCache(Answers):
    """The answers of one process, and how they follow the database.

    `read_versions` returns the page version and the oldest one whose answers may still be shown, or raises. The `fixed`
    paths are built though nobody asks for them: else the first who did while the database is away would get nothing.
    So is, once, what `linked(body)` finds on the pages of READ_FIRST. `listen(heard)`, where there is such a thing,
    calls `heard` whenever the page may have changed, and ends with an exception when it can hear no more.
    """

    def __init__(
        self,
        *,
        ask: Callable,
        read_versions: Versions,
        disk_store: DiskStore,
        fixed: Iterable[str] = (),
        linked: Callable[[bytes], Iterable[str]] = lambda body: (),
        listen: Listen | None = None,
    ):
        self.warm_list = dict.fromkeys(fixed, -1)  # the page version of which each was built last, or in vain
        super().__init__(ask=ask, disk_store=disk_store, fixed=self.warm_list)
        self.read_versions = read_versions
        self.renewed_at = float("-inf")  # monotonic
        self.retried_at = float("-inf")  # monotonic
        self.has_looked = threading.Event()
        self.has_heard = threading.Event()
        self.listen = listen
        self.linked = linked
        self.followed: dict[str, Answer] = {}  # the pages of READ_FIRST, as they were when their links were noted
        self.noted: dict[str, None] = {}  # what they lead to and may have been built never

    @property
    def is_lost(self) -> bool:
        """Whether the database has been silent for so long that nobody should wait for it."""
        return time.monotonic() - self.alive_at > LOST_AFTER

    def start(self) -> "AnswerCache":
        """Take up what the disk store kept and watch from now on. Waits for the first look, FIRST_LOOK at most."""
        self.take_up()
        _begin(self.look, self._rest)
        _begin(self.guard)
        _begin(self.follow)
        if self.listen:
            _begin(self.hear, lambda _: time.sleep(LISTEN_AGAIN_AFTER))
        self.has_looked.wait(FIRST_LOOK)
        return self

    def _rest(self, seconds: float) -> None:
        """Until the next look: at once when a change is heard, but LOOK_AFTER_CHANGE after the last."""
        if seconds == LOOK_AFTER_CHANGE:
            time.sleep(seconds)
        else:
            self.has_heard.wait(seconds)
        self.has_heard.clear()  # before the look, which finds whatever was told by now

    def hear(self) -> None:
        """Wake `look` whenever the page may have changed, until that can be heard no more. Meanwhile `look` looks by
        the clock, as it does in any case: whoever listens in vain does not know it."""
        self.listen(self.has_heard.set)  # type: ignore[misc]  # begun only where there is one

    def take_up(self) -> None:
        """Take up what the disk store kept; what was used last counts as the newest."""
        for path, answer in reversed(list(islice(self.disk_store.load(), MOST_IN_MEMORY))):
            self._keep(path, answer)
        self.confirmed_at = self.disk_store.confirmed_at

    def look(self) -> float:
        """Read the page version; when it moved, or the time did, build anew. Hangs as long as the database does.

        Returns the seconds until the next look.
        """
        try:
            version, oldest_shown = self.read_versions()
        except Exception:
            self.has_looked.set()  # in vain: what is not kept need not be waited for
            raise
        now = self.alive_at = time.monotonic()
        self.confirmed_at = time.time()
        # At once: what follows may hang, and whoever finds this sign of life too old by then is right.
        was_unconfirmed, self.is_unconfirmed = self.is_unconfirmed, False
        self.disk_store.confirm()
        if version < self.version or self.renewed_at < 0:
            self._drop_newer_than(version)
        is_due = version != self.version or was_unconfirmed or now - self.renewed_at > RENEW_EVERY
        if is_due:
            self.version, self.renewed_at = version, now
            self._renew()
            self.disk_store.invalidate_before(oldest_shown)
            self._invalidate_before(oldest_shown)
        elif self.failed_builds and now - self.retried_at > RETRY_EVERY:
            self._retry(now)
        elif not is_due:
            self._warm()
        self.has_looked.set()
        return LOOK_AFTER_CHANGE if is_due else LOOK_EVERY

    def _drop_newer_than(self, version: int) -> None:
        """Forget what is newer than the database: a dump was restored, and its next versions tell another story."""
        self.disk_store.drop_newer_than(version)
        self.oldest_shown = 0
        self._drop(lambda path, answer: answer.version > version)

    def _warm(self) -> None:
        """Build what is fixed and was not built since the last change, a little at a time: readers come first."""
        until = time.monotonic() + WARM_FOR
        for path, version in self.warm_list.items():
            if version == self.version:
                continue
            if path not in self.last_good or self.last_good[path].version != self.version:
                with self.building:
                    self.build(path)
            self.warm_list[path] = self.version
            if time.monotonic() > until:
                return
        self._warm_linked(until)

    def _warm_linked(self, until: float) -> None:
        """Build what was never built and is a click away, until then (monotonic)."""
        for page in READ_FIRST:
            answer = self.last_good.get(page)
            if answer and answer is not self.followed.get(page):
                self.followed[page] = answer
                self.noted |= dict.fromkeys(self.linked(answer.raw[1]))
        while self.noted and time.monotonic() < until:
            path = next(iter(self.noted))
            del self.noted[path]
            if not self.has_last(path) and path not in self.missing:
                with self.building:
                    self.build(path)

    def _retry(self, now: float) -> None:
        """Build again what failed while the database answers. Until it succeeds, its last good answer stays, and in
        the end says so."""
        self.retried_at = now
        for path, since in list(self.failed_builds.items()):
            with self.building:
                self.build(path)
            last = self.last_good.get(path)
            if last and path in self.failed_builds and time.time() - since > UNCONFIRMED_AFTER:
                self.fresh[path] = last.unconfirmed(datetime.fromtimestamp(since, UTC))

    def _renew(self) -> None:
        """Build again what was asked for since the last time, what most ask for first; the rest when somebody asks."""
        until = time.monotonic() + RENEW_FOR
        self.missing = {}
        before = dict(self.fresh)
        for path in sorted(before.keys() | {"/"}, key=lambda path: -_demand(path, before)):
            if _demand(path, before) and time.monotonic() < until:
                with self.building:
                    self.build(path)
            else:
                self.fresh.pop(path, None)
                self.failed_builds.pop(path, None)

    def guard(self) -> None:
        """Say on every answer that nothing was confirmed for too long, once that is so. Never touches the database."""
        if self.is_unconfirmed or not self.is_lost or time.time() - self.confirmed_at < UNCONFIRMED_AFTER:
            return
        at = datetime.fromtimestamp(self.confirmed_at, UTC)
        self.is_unconfirmed = True  # first: see _show
        self.fresh = {path: answer.unconfirmed(at) for path, answer in list(self.last_good.items())}
        self.is_unconfirmed = True  # again: a look in between took it back, and the next has to build all anew

    def follow(self) -> None:
        """While the database is silent to us, take up what other processes still heard of it, and what they withdrew.

        Else one that was late for the last publish would say for the whole outage that all is well. A thread of its
        own: a disk may hang too. While the database answers it keeps the disk store in order.
        """
        if time.monotonic() - self.alive_at < SILENT_AFTER:
            return self.disk_store.tidy()
        known = {path: answer.version for path, answer in list(self.last_good.items())}
        for path, answer in self.disk_store.newer(known):
            self._keep(path, answer)
            self._show(path, answer)
        self._invalidate_before(self.disk_store.oldest_shown)


def _demand(path: str, ready: dict[str, Answer]) -> float:
    """How many asked for `path` since it was built; the front page comes first whoever asks."""
    return float("inf") if path == "/" else ready[path].readers


def _begin(act: Callable[[], float | None], rest: Callable[[float], object] = time.sleep) -> None:
    threading.Thread(target=_forever, args=(act, rest), daemon=True, name=f"edge-{act.__name__}").start()


def _forever(act: Callable[[], float | None], rest: Callable[[float], object]) -> None:
    """Call `act` again and again; in between `rest` for as many seconds as it said, or LOOK_EVERY."""
    while True:
        wait = None
        try:
            wait = act()
        except Exception as error:  # the database is away, in one of its many ways; the next look may find it
            _log.warning("%s: %s", threading.current_thread().name, error)
        rest(wait or LOOK_EVERY)
