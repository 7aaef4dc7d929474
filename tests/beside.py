"""A crowd beside the readers of the page, which asks for what needs the database or is not there."""

import itertools
import multiprocessing
import os
import re
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from statuspage.lib.ids import public_id
from tests.http_clients import Crowd, Request, in_turn

PAUSE = 0.2  # seconds between two requests of one of the crowd


def each_its_own(number: int) -> Iterator[Request]:
    """Public addresses that nobody asked for before."""
    return (Request(f"/incidents/{public_id()}/") for _ in itertools.repeat(None))


def with_session(path: str) -> Callable[[int], Iterator[Request]]:
    """Of somebody whose session has to be looked up."""
    return lambda number: itertools.repeat(Request(path, headers=(("Cookie", f"sessionid={number:032d}"),)))


def static(number: int) -> Iterator[Request]:
    return in_turn(STATIC)(number)


ONE_NEW = f"/incidents/{public_id()}/"
# Missing and hostile ones; one that is there is added once the page can be asked for its name.
STATIC = ["/static/nowhere.css", "/static/" + "n" * 300, "/static//etc/passwd", "/static/%2e%2e/secret-key"]
KINDS: dict[str, Callable[[int], Iterator[Request]]] = {
    "/subscribe/": in_turn(["/subscribe/"]),
    "a 404": in_turn(["/nowhere"]),
    "static files": static,
    "log-in": with_session("/admin/login/"),
    "a private page": with_session("/admin/console/"),
    "new public paths": each_its_own,
    "one new public path": in_turn([ONE_NEW]),
}
_EACH = list(KINDS.values())
ALL = "all of them"
KINDS[ALL] = lambda number: _EACH[number % len(_EACH)](number)


@contextmanager
def beside(port: int, kind: str, readers: int) -> Iterator[Counter]:
    """A crowd in a process of its own; how often it was told what, once it is over."""
    context = multiprocessing.get_context("spawn")
    is_over, found, told = context.Event(), context.Queue(), Counter()
    process = context.Process(target=_crowd, args=(port, kind, readers, is_over, found), daemon=True)
    process.start()
    found.get()  # it is there
    try:
        yield told
    finally:
        is_over.set()
        told.update(found.get())
        process.join()


def _crowd(port: int, kind: str, readers: int, is_over, found) -> None:
    STATIC.append(style_sheet(port))
    with Crowd(port, KINDS[kind], readers=readers, pause=PAUSE, patience=20) as crowd:
        found.put("there")
        is_over.wait()
        found.put(Counter(reply.status for reply in crowd.replies))
        found.close()
        found.join_thread()
        os._exit(0)  # without waiting for answers that will not come


def style_sheet(port: int) -> str:
    """The address of one static file that is there."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20) as page:
        return re.search(r'/static/[^"]+\.css', page.read().decode())[0]
