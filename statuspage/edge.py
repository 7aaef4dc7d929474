"""The published page: sends the last good answer of every public view without Django.

A request for a public page is a look-up in a dictionary: no database, no Redis, no session, no cookie, no template;
its query string and cookies are never looked at. How the answers come about is `published`.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from django.conf import settings

from .lib.answer import Answer
from .published import Published
from .unavailable import unavailable, wrong_method

BUILD_WAIT = 1.0  # seconds a reader waits for a build while there is an older answer
FIRST_BUILD_WAIT = 10.0  # seconds a reader waits where there is none
ROOM_WAIT = 0.25  # seconds a request waits for a place in Django


class Edge:
    """A WSGI application in front of `django`, behind the door.

    `is_public(path)` tells whether the answer of a path is the same for everybody. `room` is how many requests may be
    inside Django at once: fewer than the server has threads, so that a hanging database never takes the last one from
    the public page.
    """

    def __init__(self, django: Callable, published: Published, *, is_public: Callable[[str], bool], room: int):
        self.django = django
        self.published = published
        self.is_public = is_public
        self.room = threading.BoundedSemaphore(room)
        self.queued: set[str] = set()  # paths that somebody with a place in Django is about to build

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            answer = self.published.ready.get(path) or (self.is_public(path) and self._first(path))
            if answer:
                answer.readers += 1  # two threads may count one: it only says which to build first
                return answer.respond(environ, start_response)
        elif self.is_public(path):  # a storm of these must not fill the room
            return wrong_method().respond(environ, start_response)
        return self._through(environ, start_response)

    def _first(self, path: str) -> Answer:
        """The answer for a public path that is not ready: built now, once for all who wait; else the last good one."""
        published = self.published
        if absent := published.absent.get(path):
            return absent
        last = published.kept.get(path)
        # Who would ask a hanging database hangs with it.
        if published.is_lost and (last or published.has_looked.is_set()):
            return last or unavailable(path)
        with self._place_in_django(0 if last else ROOM_WAIT) as has_place:
            if has_place:
                last = self._built_once(path, BUILD_WAIT if last else FIRST_BUILD_WAIT) or last
        return last or self._built_by_another(path) or unavailable(path)

    def _built_once(self, path: str, wait: float) -> Answer | None:
        """The answer, built by whoever of the many in here comes first; None for a fault or after `wait` seconds."""
        self.queued.add(path)
        has_turn = self.published.building.acquire(timeout=wait)
        try:
            return self.published.known(path) or (self.published.build(path) if has_turn else None)
        finally:
            self.queued.discard(path)
            if has_turn:
                self.published.building.release()

    def _built_by_another(self, path: str) -> Answer | None:
        """For the crowd that a new incident's first mail brings: who finds no place waits for those who did."""
        until = time.monotonic() + FIRST_BUILD_WAIT
        while path in self.queued and not self.published.is_lost and time.monotonic() < until:
            time.sleep(0.01)
        return self.published.known(path)

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


def _is_static(path: str) -> bool:
    """Whether it is a file that collectstatic left: a miss would ask the database for the page's name."""
    if not path.startswith(settings.STATIC_URL) or ".." in path:
        return False
    return (settings.STATIC_ROOT / path.removeprefix(settings.STATIC_URL)).is_file()
