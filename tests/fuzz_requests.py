"""What a storm throws at the page: everything that a request can carry, chosen at random from a seed."""

import random
import string
from collections.abc import Iterator

from tests.http_clients import Reply, Request

METHODS = ["GET"] * 20 + ["HEAD"] * 4 + ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"]
ENCODINGS = [
    "",
    "gzip",
    "br",
    "gzip, br",
    "identity;q=0, *;q=0",
    "gzip;q=0",
    "br;q=1.0, gzip;q=0.5",
    ";;;q=x",
    "*",
    "zstd",
]
NO_PAGES = [
    "/nowhere",
    "/incidents/bbbbbbbbbbbb/",
    "/wp-login.php",
    "/%00",
    "/%ff%fe",
    "//",
    "/../../etc/passwd",
    "/api/v2/x",
]
HOSTS = ["evil.example", "", "a" * 300, "127.0.0.1:1@evil.example", "[::1", "x_y"]


class Storm:
    """Endless requests for each reader, for `tests.http_clients.Crowd`; the most of them for `public` paths."""

    def __init__(self, public: list[str], seed: int):
        self.public, self.seed = public, seed

    def __call__(self, number: int) -> Iterator[Request]:
        choice = random.Random(self.seed * 100_003 + number)
        while True:
            yield self._request(choice)

    def _request(self, choice: random.Random) -> Request:
        path = choice.choice(self.public if choice.random() < 0.85 else NO_PAGES)
        if choice.random() < 0.6:
            path += f"?{_junk(choice)}={_junk(choice)}"
        return Request(path, choice.choice(METHODS), tuple(self._headers(choice)))

    def _headers(self, choice: random.Random) -> Iterator[tuple[str, str]]:
        yield "Accept-Encoding", choice.choice(ENCODINGS)
        if choice.random() < 0.5:
            yield "Cookie", f"sessionid={_junk(choice)}; csrftoken={_junk(choice)}"
        if choice.random() < 0.2:
            yield "Range", choice.choice(["bytes=0-10", "bytes=-1", "bytes=9-1", "lines=1", "bytes=0-1,2-3,4-5"])
        if choice.random() < 0.2:
            yield "If-None-Match", choice.choice(['"', 'W/"x"', '"a", ' * 200, "\xff\xfe", '""'])
        if choice.random() < 0.2:
            yield "If-Modified-Since", choice.choice(["yesterday", "Sat, 21 Nov 2026 12:00:00 GMT", "-1"])
        if choice.random() < 0.1:
            yield f"X-{_junk(choice)}", "x" * choice.choice([100, 8_000])
        if choice.random() < 0.1:
            yield "X-Forwarded-Host", "evil.example"
        if choice.random() < 0.03:
            yield "Host", choice.choice(HOSTS)


def is_ordinary(request: Request, public: list[str]) -> bool:
    """Whether it is a reader's: for a public page of ours, by GET or HEAD."""
    is_ours = not any(name == "Host" for name, _ in request.headers)
    return is_ours and request.method in ("GET", "HEAD") and request.path.partition("?")[0] in public


def faults(replies: list[Reply], public: list[str]) -> list[str]:
    """What no answer in a storm may be, in words; empty for a storm that was weathered."""
    found = []
    for reply in replies:
        what = f"{reply.request.method} {reply.request.path[:60]}: {reply.status}"
        if is_ordinary(reply.request, public):
            if reply.status not in (200, 304):
                found.append(f"{what} for a reader: {reply.body[:80]!r}")
            if "set-cookie" in reply.headers:
                found.append(f"{what} sets a cookie")
            if reply.headers.get("vary") != "Accept-Encoding":
                found.append(f"{what} varies by {reply.headers.get('vary')}")
        elif reply.status >= 500 and reply.status != 503:
            found.append(what)
    return found


def builds_too_often(builds: list[tuple[float, int, str]]) -> list[str]:
    """Which path a process built twice within a second."""
    last, found = {}, []
    for at, pid, path in sorted(builds):
        if at - last.get((pid, path), float("-inf")) < 1:
            found.append(f"{path} by {pid} after {at - last[pid, path]:.2f} s")
        last[pid, path] = at
    return found


def _junk(choice: random.Random) -> str:
    return "".join(choice.choices(string.ascii_letters + string.digits, k=choice.randrange(1, 20)))
