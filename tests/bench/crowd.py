"""The page with a crowd beside a fault: `python -m tests.bench.crowd [--readers N ...] [--seconds S] [--beside DIR]`.

Readers of `/` are timed while others ask for something that needs the database, and it is frozen: the slowest
hundredth of `/`, and what the others were told. Then 50 readers of the sign-up form at once while it answers: how many
were refused. `--beside`: another checkout of the program, measured in turn with this one. Started as
statuspage/launcher/services.py starts it; needs nothing else; a row per kind of request.
"""

import argparse
import itertools
import os
import signal
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from tests.bench.figures import at_most, row, verdict
from tests.bench.site import KEY, place
from tests.beside import KINDS, beside
from tests.http_clients import Crowd, Request, at_once, in_turn
from tests.servers import Postgres
from tests.web import CHECKOUT, Web, eventually, is_confirmed, warm

PRODUCTION = "statuspage.wsgi:application"
SLOW = 100  # milliseconds
AT_ONCE = 50


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--readers", type=int, nargs="+", default=[24, 200])
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--threads", type=int, nargs="+", default=[32])
    parser.add_argument("--kinds", nargs="+", default=list(KINDS))
    parser.add_argument("--beside", type=Path, help="another checkout, with 5 threads")
    wanted = parser.parse_args()
    with ExitStack() as stack:
        servers = started(stack, stack.enter_context(place()), wanted)
        for kind, readers in itertools.product(wanted.kinds, wanted.readers):
            for name, (web, postgres) in servers.items():
                under_fault(name, web, postgres, kind, readers, wanted.seconds)
        for name, (web, _) in servers.items():
            in_health(name, web)
    return verdict()


def started(stack: ExitStack, directory: Path, wanted) -> dict[str, tuple[Web, Postgres]]:
    """Each server over a PostgreSQL of its own, with the demo in it."""
    checkouts = {f"{threads} threads": (CHECKOUT, threads) for threads in wanted.threads}
    if wanted.beside:
        checkouts["beside"] = (wanted.beside, 5)
    os.environ["SECRET_KEY"] = KEY
    return {name: one(stack, directory, name, *about) for name, about in checkouts.items()}


def one(stack: ExitStack, directory: Path, name: str, checkout: Path, threads: int) -> tuple[Web, Postgres]:
    postgres = Postgres(directory)
    stack.callback(postgres.stop)
    postgres.start()
    web = Web(postgres.url, directory / name, PRODUCTION, directory, threads=threads, checkout=checkout)
    stack.callback(web.stop)
    web.prepare()
    web.start()
    eventually(lambda: is_confirmed(web), 60)
    return web, postgres


def under_fault(name: str, web: Web, postgres: Postgres, kind: str, readers: int, seconds: float) -> None:
    warm(web, ["/"])
    with Crowd(web.port, in_turn(["/"]), readers=8, pause=0.05) as page:
        postgres.signal_all(signal.SIGSTOP)
        try:
            with beside(web.port, kind, readers) as said:
                began = time.monotonic()
                time.sleep(seconds)
        finally:
            postgres.signal_all(signal.SIGCONT)
    p99 = page.percentile(0.99, since=began) * 1000  # the end waited for every answer
    told = dict(sorted(said.items()))
    bad = sum(reply.status != 200 for reply in page.replies)
    count = len(page.replies)
    row(
        f"/ beside {readers} of {kind}, {name}",
        f"{p99:,.0f} ms",
        f"{bad} bad of {count}; they: {told}; load {os.getloadavg()[0]:.1f}",
        None if name == "beside" else at_most(SLOW, p99),
    )
    eventually(lambda: is_confirmed(web) and web.get("/readyz")[0] == 200, 60)


def in_health(name: str, web: Web) -> None:
    replies = at_once(web.port, [Request("/subscribe/")] * AT_ONCE)
    refused = sum(reply.status != 200 for reply in replies)
    slowest = max(reply.seconds for reply in replies)
    row(f"{AT_ONCE} of /subscribe/ at once, {name}", f"{refused} refused", f"slowest {slowest:.1f} s")


if __name__ == "__main__":
    sys.exit(main())
