"""Whoever belongs here while a hundred connections guess passwords: `python -m tests.bench login [--seconds S]`.

The program's own production server with two workers, PostgreSQL and Redis of its own. The attackers come from a new
network each time, half of them at the lead's name. Measured with nobody attacking and under attack: the board and the
public page as somebody logged in sees them, and how long it takes the lead to log in, told to wait or not.
"""

import argparse
import os
import statistics
import sys
import time
from collections import Counter
from contextlib import ExitStack, nullcontext, suppress
from pathlib import Path

from tests.bench.figures import at_most, row, verdict
from tests.bench.site import place
from tests.guessing import LOG_IN, guesses
from tests.http_clients import Crowd, Request
from tests.journeys.browsing import Visitor
from tests.servers import Postgres, Redis
from tests.web import Web, eventually

PASSWORD = "for-this-test-only"
CONNECTIONS = 100
BOARD_P95 = 500  # milliseconds
LOG_IN_SECONDS = 5
MIN_OVERDUE = 30
LOG_INS = 3


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=15)
    seconds = parser.parse_args().seconds
    with ExitStack() as stack:
        web = started(stack, stack.enter_context(place()))
        reader = Visitor(f"http://127.0.0.1:{web.port}/")
        log_in(reader)
        known = Visitor(reader.site)
        log_in(known)
        measure(web, "calm", reader, known, seconds, None)
        measure(web, "100 guess", reader, known, seconds, Crowd(web.port, guesses, readers=CONNECTIONS, pause=0))
    return verdict()


def started(stack: ExitStack, directory: Path) -> Web:
    postgres, redis = Postgres(directory), Redis(directory)
    for server in (postgres, redis):
        stack.callback(server.stop)
        server.start()
    web = Web(postgres.url, directory / "data", "statuspage.wsgi:application", parent=directory)
    settings = {"SECRET_KEY": "for-the-bench-only-" * 4, "DJANGO_SETTINGS_MODULE": "statuspage.settings"}
    web.environ |= {**settings, "REDIS_URL": redis.url, "TRUST_PROXY": "1"}
    stack.callback(web.stop)
    web.prepare()
    web.start()
    eventually(lambda: all(web.get()[0] == 200 for _ in range(8)))
    return web


def measure(web: Web, when: str, reader: Visitor, known: Visitor, seconds: float, attack: Crowd | None) -> None:
    with attack or nullcontext():
        time.sleep(3)
        session = "; ".join(f"{cookie.name}={cookie.value}" for cookie in reader.cookies)
        pages = {
            path: Crowd(web.port, _again(path, session), readers=1, pause=0.2) for path in ("/admin/console/", "/")
        }
        with pages["/"], pages["/admin/console/"]:
            time.sleep(seconds)
        times = {"known browser": [], "new browser": []}
        for _ in range(LOG_INS):
            known.log_out()
            times["known browser"].append(log_in(known))
            times["new browser"].append(log_in(Visitor(known.site)))
    load = f"load {os.getloadavg()[0]:.1f}"
    for path, crowd in pages.items():
        status = dict(Counter(reply.status for reply in crowd.replies))
        figure = crowd.percentile(0.95) * 1000
        promise = at_most(BOARD_P95, figure) if attack and path != "/" else None
        row(f"{when}: p95 of {path}", f"{figure:,.0f} ms", f"{status}, {load}", promise)
    for who, took in times.items():
        promise = at_most(LOG_IN_SECONDS, max(took)) if attack else None
        row(f"{when}: log-in, {who}", f"{statistics.median(took):.1f} s", f"slowest {max(took):.1f} s", promise)
    if attack:
        lasted = max(reply.began_at for reply in attack.replies) - attack.replies[0].began_at
        rate = len(attack.replies) / lasted
        checked = sum(reply.status == 200 for reply in attack.replies)
        row("tries of the attackers", f"{rate:,.0f}/s", f"{checked} of {len(attack.replies):,} passwords checked")


def _again(path: str, session: str):
    def endless(number):
        while True:
            yield Request(path, headers=(("Cookie", session), ("X-Forwarded-For", "198.51.100.7")))

    return endless


def log_in(visitor: Visitor) -> float:
    """Seconds until somebody is in who does as the page says, or gives up after MIN_OVERDUE."""
    began = time.monotonic()
    while time.monotonic() - began < MIN_OVERDUE:
        with suppress(StopIteration):  # a page without a form: it is not there right now
            visitor.log_in("lead", PASSWORD)
        if visitor.status == 200 and LOG_IN not in visitor.url:
            break
        time.sleep(visitor.retry_after if visitor.status == 429 else 0.5)
    return time.monotonic() - began


if __name__ == "__main__":
    sys.exit(main())
