"""The published page: sends the last good answer of every public view without Django.

A request for a public page is a look-up in a dictionary: no database, no Redis, no session, no cookie, no template;
its query string and cookies are never looked at. How the answers come about is `answer_cache`.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

from django.conf import settings

from .answer import Answer
from .answer_cache import AnswerCache
from .internal_get import NOWHERE
from .unavailable import no_such_file, unavailable, wrong_method

BUILD_WAIT = 1.0  # seconds a reader waits for a build while there is an older answer
FIRST_BUILD_WAIT = 10.0  # seconds a reader waits where there is none
SLOT_WAIT = 5.0  # seconds a request waits for a place in Django
_GLANCE_EVERY = 0.25  # seconds after which who waits for a build looks whether there is still hope


class Edge:
    """A WSGI application in front of `django`, behind the door.

    `is_public(path)` tells whether the answer of a path is the same for everybody, `is_known(path)` whether there is
    anything at it. `slots` is how many requests may be inside Django at once, `held` how many of the server's threads
    may be held by them, and by those who wait for a place or for a first answer: fewer than it has, so that neither a
    hanging database nor a crowd in front of it takes the last ones from the public page. Beyond that nobody waits.
    `static`: what sends each static file, by its address, without ever waiting for the database; None where `django`
    has to look for them.
    """

    def __init__(
        self,
        django: Callable,
        cache: AnswerCache,
        *,
        is_public: Callable[[str], bool],
        is_known: Callable[[str], bool] = lambda path: True,
        slots: int,
        held: int,
        static: Mapping[str, Callable] | None = None,
    ):
        self.django = django
        self.cache = cache
        self.is_public = is_public
        self.is_known = is_known
        self.slots = threading.BoundedSemaphore(slots)
        self.held = threading.BoundedSemaphore(held)
        self.static = static

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            answer = self.cache.fresh.get(path) or (self.is_public(path) and self._first(path))
            if answer:
                answer.readers += 1  # two threads may count one: it only says which to build first
                return answer.respond(environ, start_response)
        elif self.is_public(path):  # a storm of these must not fill the slots
            return wrong_method().respond(environ, start_response)
        return self._through(environ, start_response)

    def _first(self, path: str) -> Answer:
        """The answer for a public path that is not ready."""
        return self._ready(path) or unavailable(path)

    def _ready(self, path: str) -> Answer | None:
        """The answer, built now, once for all who wait; else the last good one, if there is any."""
        cache = self.cache
        if absent := cache.missing.get(path):
            return absent
        wait = BUILD_WAIT if cache.has_last(path) else FIRST_BUILD_WAIT
        with _one_of(self.held) as may_wait:
            built = self._built_once(path, wait) if may_wait else cache.known(path)
        return built or cache.last(path)

    def _built_once(self, path: str, seconds: float) -> Answer | None:
        """The answer, built by whoever of the many in here comes first; None for a fault or after `seconds`."""
        cache, until = self.cache, time.monotonic() + seconds
        while time.monotonic() < until and not self._is_hopeless(path):
            with _one_of(cache.building, min(seconds, _GLANCE_EVERY)) as has_turn:
                if answer := cache.known(path):
                    return answer
                if has_turn:
                    return None if self._is_hopeless(path) else cache.build(path)
        return None

    def _is_hopeless(self, path: str) -> bool:
        """Return whether asking would hang: whoever asks a hanging database hangs with it."""
        cache = self.cache
        return cache.is_lost and (cache.has_looked.is_set() or cache.has_last(path))

    def _through(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if self.static is not None and path.startswith(settings.STATIC_URL):  # needs no place, whatever hangs
            return self.static.get(path, no_such_file().respond)(environ, start_response)
        if not self.is_known(path):  # a storm of these must not fill the slots either: the same page for all of them
            return (self._ready(NOWHERE) or unavailable(path)).respond(environ, start_response)
        with self._place_in_django() as has_place:
            application = self.django if has_place else unavailable(path).respond
            return application(environ, start_response)

    @contextmanager
    def _place_in_django(self) -> Iterator[bool]:
        with _one_of(self.held) as may_wait:
            if not may_wait:
                yield False
                return
            with _one_of(self.slots, 0 if self.cache.is_lost else SLOT_WAIT) as has_place:
                yield has_place


@contextmanager
def _one_of(few, seconds: float = 0) -> Iterator[bool]:
    """Whether one of `few`, a semaphore or a lock, could be had within `seconds`; given back in the end."""
    has_one = few.acquire(timeout=seconds)
    try:
        yield has_one
    finally:
        if has_one:
            few.release()
