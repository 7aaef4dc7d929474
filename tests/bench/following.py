"""What open pages cost: `python -m tests.bench.following [--pages N] [--seconds S]`.

So many open pages ask for `/` at the two paces of static/js/live.js, each over a connection of its own and on
condition of the ETag that it has, of the program's own production server. Its CPU, as the kernel counts it, less what
it takes while nobody asks. Needs nothing else; a row per pace.
"""

import argparse
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack

from tests.bench.edge import started
from tests.bench.figures import at_most, row, verdict
from tests.bench.processes import Spent
from tests.bench.site import place
from tests.http_clients import Crowd, Request
from tests.web import Web, warm

PACES = {"all is quiet": 30, "something is open": 5}  # seconds, as in live.js
SOONER = 0.9  # of these, on average
SETTLES = 25  # seconds in which a new server builds what nobody asked for
MOST = 3.0  # percent of a core


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", type=int, default=1_000)
    parser.add_argument("--seconds", type=float, default=60)
    wanted = parser.parse_args()
    with ExitStack() as stack:
        web = started(stack, stack.enter_context(place()))
        warm(web, ["/"])
        time.sleep(SETTLES)
        alone = percent(web, wanted.seconds)
        row("nobody asks", f"{alone:.2f} %", "of a core")
        for name, pace in PACES.items():
            follow(web, name, pace * SOONER, alone, wanted)
    return verdict()


def percent(web: Web, seconds: float) -> float:
    """Of a core, that the server takes for so long."""
    spent = Spent({"web": web.process.pid})
    time.sleep(seconds)
    return 100 * spent.so_far()["web"] / seconds


def follow(web: Web, name: str, pause: float, alone: float, wanted: argparse.Namespace) -> None:
    with following(web, wanted.pages, pause) as pages:
        time.sleep(pause + 1)  # every connection is open, every page has an ETag
        begun = time.monotonic()
        cost = percent(web, wanted.seconds) - alone
        p99 = pages.percentile(0.99, since=begun) * 1000
    told = Counter(reply.status for reply in pages.replies if reply.began_at >= begun)
    row(
        f"{wanted.pages:,} open pages, {name}",
        f"{cost:.2f} %",
        f"of a core; {sum(told.values()) / wanted.seconds:,.0f}/s {dict(told)}, p99 {p99:.1f} ms",
        at_most(MOST, cost),
    )


def following(web: Web, pages: int, pause: float) -> Crowd:
    """Each page with the newest ETag that was sent: the server says the same to all of them. They ask in step, which is
    the worst for the slowest; the browsers' script keeps them apart."""

    def asks(number: int) -> Iterator[Request]:
        while True:
            known = crowd.replies[-1].headers.get("etag", "") if crowd.replies else ""
            yield Request("/", headers=(("Accept-Encoding", "gzip"), ("If-None-Match", known or '"none"')))

    crowd = Crowd(web.port, asks, readers=pages, pause=pause)
    return crowd  # which `asks` reads too


if __name__ == "__main__":
    raise SystemExit(main())
