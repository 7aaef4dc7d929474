"""The published page: remembers the last good answer of every public view and sends it without Django.

A request for a public page is a look-up in a dictionary: no database, no Redis, no session, no cookie, no template;
its query string and cookies are never looked at. One thread a process watches the page version, which every publish
raises in its own transaction, and builds anew what readers ask for while the old answers are still being sent. When
the database is silent the last good answers stay, and after UNCONFIRMED_AFTER seconds they say so.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from .lib.answer import Answer
from .lib.shelf import Shelf
from .unavailable import unavailable

LOOK_EVERY = 0.5  # seconds between two looks at the page version
LOOK_AFTER_CHANGE = 0.9  # seconds to the next one: what changes all the time is built again once a second
RENEW_EVERY = 30.0  # seconds after which even an unchanged page is built again: it speaks of the time
RENEW_FOR = 3.0  # seconds spent on it at most; what a crawler asked for must not keep the process busy
SILENT_AFTER = 1.2  # seconds without a sign of life of it, after which other processes may know better
RETRY_EVERY = 1.0  # seconds after which a page that failed is built again
LOST_AFTER = 3.0  # seconds without a sign of life, after which no reader waits for it
UNCONFIRMED_AFTER = 90.0  # seconds without one, after which the page says so
FIRST_LOOK = 2.0  # seconds that a new process waits for the database before it serves what the shelf kept
BUILD_WAIT = 1.0  # seconds a reader waits for a build while there is an older answer
FIRST_BUILD_WAIT = 10.0  # seconds a reader waits where there is none
ROOM_WAIT = 0.25  # seconds a request waits for a place in Django
MOST_KEPT = 500  # answers a process remembers
MOST_ABSENT = 100  # paths without one
# Tells nginx, which keeps it to itself, that this is the same for everybody for a second; a 404 too, or what was hidden
# would stay in its cache.
KEPT_BY_PROXY = ("X-Accel-Expires", "1")
_MOST_HOSTS = 100

_log = logging.getLogger(__name__)


class Edge:
    """A WSGI application in front of `django`.

    `ask(path)` returns what Django answers to an anonymous GET of `path` as (status, headers, body), `is_public(path)`
    tells whether that is the same for everybody, `read_versions` returns the page version and the oldest one whose
    answers may still be shown, or raises. `room` is how many requests may be inside Django at once: fewer than the
    server has threads, so that a hanging database never takes the last one from the public page.
    """

    def __init__(self, django: Callable, *, ask, is_public, read_versions, shelf: Shelf, room: int):
        self.django = django
        self.ask = ask
        self.is_public = is_public
        self.read_versions = read_versions
        self.shelf = shelf
        self.room = threading.BoundedSemaphore(room)
        self.building = threading.Lock()  # one build at a time
        self.ready: dict[str, Answer] = {}  # what is sent as it is
        self.kept: dict[str, Answer] = {}  # the last good answer of each path, though it may be outdated
        self.absent: dict[str, Answer] = {}  # what is said of paths where there is nothing, until the page changes
        self.queued: set[str] = set()  # paths that somebody with a place in Django is about to build
        self.hosts: dict[str, bool] = {}
        self.version = 0
        self.alive_at = float("-inf")  # the database's last sign of life, monotonic
        self.confirmed_at = 0.0  # the same for the reader: seconds since 1970
        self.renewed_at = float("-inf")  # monotonic
        self.has_looked = threading.Event()
        self.is_unconfirmed = False
        self.owed: dict[str, float] = {}  # paths whose build failed, and since when: seconds since 1970
        self.retried_at = float("-inf")  # monotonic

    # --- A request ----------------------------------------------------------------------------------

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] in ("GET", "HEAD") and self._is_for_us(environ):
            path = environ["PATH_INFO"]
            answer = self.ready.get(path) or (self.is_public(path) and self._first(path))
            if answer:
                answer.readers += 1  # two threads may count one: it only says which to build first
                return answer.respond(environ, start_response)
        return self._through(environ, start_response)

    def _is_for_us(self, environ: dict) -> bool:
        """One of our hosts, over TLS if the site has it: Django refuses or redirects the others."""
        if settings.SECURE_SSL_REDIRECT and not _is_secure(environ):
            return False
        host = environ.get("HTTP_HOST", "")
        if (known := self.hosts.get(host)) is None:
            known = validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS)
            if len(self.hosts) < _MOST_HOSTS:
                self.hosts[host] = known
        return known

    def _first(self, path: str) -> Answer:
        """The answer for a public path that is not ready: built now, once for all who wait; else the last good one."""
        if absent := self.absent.get(path):
            return absent
        last = self.kept.get(path)
        if self.is_lost and (last or self.has_looked.is_set()):  # who would ask a hanging database hangs with it
            return last or unavailable(path)
        with self._place_in_django(0 if last else ROOM_WAIT) as has_place:
            if has_place:
                last = self._built_once(path, BUILD_WAIT if last else FIRST_BUILD_WAIT) or last
        return last or self._built_by_another(path) or unavailable(path)

    def _built_once(self, path: str, wait: float) -> Answer | None:
        """The answer, built by whoever of the many in here comes first; None for a fault or after `wait` seconds."""
        self.queued.add(path)
        has_turn = self.building.acquire(timeout=wait)
        try:
            return self._known(path) or (self._build(path) if has_turn else None)
        finally:
            self.queued.discard(path)
            if has_turn:
                self.building.release()

    def _built_by_another(self, path: str) -> Answer | None:
        """For the crowd that a new incident's first mail brings: who finds no place waits for those who did."""
        until = time.monotonic() + FIRST_BUILD_WAIT
        while path in self.queued and not self.is_lost and time.monotonic() < until:
            time.sleep(0.01)
        return self._known(path)

    def _known(self, path: str) -> Answer | None:
        return self.ready.get(path) or self.absent.get(path)

    def _through(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        if _is_static(environ["PATH_INFO"]):  # from memory and disk: needs no place, also while the database hangs
            return self.django(environ, start_response)
        with self._place_in_django(ROOM_WAIT) as has_place:
            application = self.django if has_place else unavailable(environ["PATH_INFO"]).respond
            return application(environ, start_response)

    @contextmanager
    def _place_in_django(self, wait: float) -> Iterator[bool]:
        has_place = self.room.acquire(timeout=wait)
        try:
            yield has_place
        finally:
            if has_place:
                self.room.release()

    @property
    def is_lost(self) -> bool:
        return time.monotonic() - self.alive_at > LOST_AFTER

    # --- Building -----------------------------------------------------------------------------------

    def _build(self, path: str) -> Answer | None:
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
        answer = Answer(status, [*headers, KEPT_BY_PROXY], body, version)
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
        self.kept.pop(path, None)  # to the end of the line
        self.kept[path] = self.ready[path] = answer
        while len(self.kept) > MOST_KEPT:
            oldest = next(other for other in self.kept if other != "/")
            del self.kept[oldest]
            self.ready.pop(oldest, None)
        self.shelf.keep(path, answer)

    def _forget(self, path: str) -> None:
        self.ready.pop(path, None)
        if self.kept.pop(path, None):
            self.shelf.forget(path)

    # --- Watching -----------------------------------------------------------------------------------

    def start(self) -> "Edge":
        """Take up what the shelf kept and watch from now on. Waits for the first look, FIRST_LOOK at most."""
        newest = list(islice(self.shelf.load(), MOST_KEPT))
        self.kept, self.confirmed_at = dict(reversed(newest)), self.shelf.confirmed_at
        for act in (self.look, self.guard, self.follow):
            threading.Thread(target=_forever, args=(act,), daemon=True, name=f"edge-{act.__name__}").start()
        self.has_looked.wait(FIRST_LOOK)
        return self

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
        self.shelf.confirm()
        if version < self.version or self.renewed_at < 0:
            self._belong_to(version)
        if version != self.version or self.is_unconfirmed or now - self.renewed_at > RENEW_EVERY:
            self.version, self.renewed_at = version, now
            self._renew()
            self.shelf.withdraw(oldest_shown)
            self._withdraw(oldest_shown)
        elif self.owed and now - self.retried_at > RETRY_EVERY:
            self._retry(now)
        self.has_looked.set()

    def _belong_to(self, version: int) -> None:
        """Forget what is newer than the database: a dump was restored, and its next versions tell another story."""
        self.shelf.belong_to(version)
        self._drop(lambda path, answer: answer.version > version)

    def _retry(self, now: float) -> None:
        """Build again what failed while the database answers. Until it succeeds, its last good answer stays, and in
        the end says so."""
        self.retried_at = now
        for path, since in list(self.owed.items()):
            with self.building:
                self._build(path)
            last = self.kept.get(path)
            if last and path in self.owed and time.time() - since > UNCONFIRMED_AFTER:
                self.ready[path] = last.unconfirmed(datetime.fromtimestamp(since, UTC))

    def _renew(self) -> None:
        """Build again what was asked for since the last time, what most ask for first; the rest when somebody asks."""
        until = time.monotonic() + RENEW_FOR
        self.is_unconfirmed = False
        self.absent = {}
        before = dict(self.ready)
        for path in sorted(before.keys() | {"/"}, key=lambda path: -_demand(path, before)):
            if _demand(path, before) and time.monotonic() < until:
                with self.building:
                    self._build(path)
            else:
                self.ready.pop(path, None)
                self.owed.pop(path, None)

    def _withdraw(self, oldest_shown: int) -> None:
        """Forget what may hold something hidden since; it would come back while the database is away.

        What could not be built anew stays until it can be.
        """
        self._drop(lambda path, answer: answer.version < oldest_shown and path not in self.owed)

    def _drop(self, is_unwanted: Callable[[str, Answer], bool]) -> None:
        for path, answer in list(self.kept.items()):
            if is_unwanted(path, answer):
                self.ready.pop(path, None)
                self.kept.pop(path, None)

    def guard(self) -> None:
        """Once nothing was confirmed for too long, say so on every answer. Never touches the database."""
        if self.is_unconfirmed or not self.is_lost or time.time() - self.confirmed_at < UNCONFIRMED_AFTER:
            return
        at = datetime.fromtimestamp(self.confirmed_at, UTC)
        self.ready = {path: answer.unconfirmed(at) for path, answer in self.kept.items()}
        self.is_unconfirmed = True

    def follow(self) -> None:
        """While the database is silent to us, take up what other processes still heard of it, and what they withdrew.

        Else one that was late for the last publish would say for the whole outage that all is well. A thread of its
        own: a disk may hang too.
        """
        if time.monotonic() - self.alive_at < SILENT_AFTER:
            return
        at = datetime.fromtimestamp(self.confirmed_at, UTC)
        for path, answer in self.shelf.newer({path: answer.version for path, answer in self.kept.items()}):
            self.kept[path] = answer
            self.ready[path] = answer.unconfirmed(at) if self.is_unconfirmed else answer
        self._withdraw(self.shelf.oldest_shown)


def _demand(path: str, ready: dict[str, Answer]) -> float:
    """How many asked for `path` since it was built; the front page comes first whoever asks."""
    return float("inf") if path == "/" else ready[path].readers


def _forever(act: Callable[[], None]) -> None:
    while True:
        try:
            act()
        except Exception as error:  # the database is away, in one of its many ways; the next look may find it
            _log.warning("edge: %s", error)
        time.sleep(LOOK_EVERY)


def _is_static(path: str) -> bool:
    """Whether it is a file that collectstatic left: a miss would ask the database for the page's name."""
    if not path.startswith(settings.STATIC_URL) or ".." in path:
        return False
    return (settings.STATIC_ROOT / path.removeprefix(settings.STATIC_URL)).is_file()


def _is_secure(environ: dict) -> bool:
    header, value = settings.SECURE_PROXY_SSL_HEADER or ("", "")
    return environ["wsgi.url_scheme"] == "https" or (header != "" and environ.get(header) == value)
