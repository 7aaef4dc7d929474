"""An edge over a program and a database that are the test's own."""

from statuspage.edge.answer import CONFIRMATION_MARK
from statuspage.edge.answer_cache import AnswerCache
from statuspage.edge.application import Edge
from statuspage.edge.disk_store import DiskStore


class Stage:
    """What stands behind the edge: a database that can be switched off, pages that count how often they are built."""

    def __init__(self):
        self.version, self.oldest_shown, self.is_up, self.builds, self.status = 1, 0, True, [], "200 OK"

    def read_versions(self):
        if not self.is_up:
            raise ConnectionError("the database is away")
        return self.version, self.oldest_shown

    def ask(self, path):
        self.read_versions()
        self.builds.append(path)
        body = b"version %d of %s " % (self.version, path.encode()) + CONFIRMATION_MARK
        return self.status, [("Content-Type", "text/html"), ("Set-Cookie", "a=b")], body


def inside_django(environ, start_response):
    start_response("418 Django", [])
    return [b"django"]


def is_lasting(path):
    return "/history/2" not in path


def new_edge(
    stage,
    directory,
    *,
    slots=2,
    held=20,
    is_public=lambda path: not path.startswith("/admin"),
    ask=None,
    fixed=(),
    **more,
):
    disk_store = DiskStore(directory / "published", is_lasting=is_lasting)
    following = AnswerCache(ask=ask or stage.ask, read_versions=stage.read_versions, disk_store=disk_store, fixed=fixed)
    return Edge(inside_django, following, is_public=is_public, slots=slots, held=held, **more)


def get(edge, path="/", method="GET", host="status.example.test", **environ):
    """(status, headers, body) of a request."""
    seen = []
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "HTTP_HOST": host,
        "wsgi.url_scheme": "http",
        **environ,
    }
    body = b"".join(edge(environ, lambda *start: seen.extend(start)))
    return seen[0], dict(seen[1]), body.decode()
