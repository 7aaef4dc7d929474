"""What a subscriber costs who is written into the ledger: `python -m tests.bench.listing [--readers N] [--rounds N]`.

A publish is expanded in this process, over a PostgreSQL of its own; nothing is sent. CPU is that of the one backend
which does it, as the kernel counts it, so that a busy machine says nearly the same as an idle one.
"""

import argparse
import statistics
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from tests.bench import readers
from tests.bench.figures import row, verdict
from tests.bench.program import Program, wal_row
from tests.bench.site import place, site
from tests.bench.wal import Wal, Written
from tests.servers import Postgres


class Listed(NamedTuple):
    """`cpu` and `seconds`: of all of it."""

    rows: int
    cpu: float
    seconds: float
    written: Written


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--readers", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    wanted = parser.parse_args()
    with ExitStack() as stack:
        postgres = stack.enter_context(site(stack.enter_context(place())))
        readers.only(wanted.readers)
        found = sorted((listed(postgres) for _ in range(wanted.rounds)), key=lambda one: one.cpu)
    median = found[len(found) // 2]
    seconds = statistics.median(one.seconds for one in found)
    row(f"{median.rows:,} listed", f"{seconds:,.1f} s", f"the median of {len(found)}")
    row("  of which each takes", f"{median.cpu / median.rows * 1e6:,.1f} us", "of PostgreSQL's CPU")
    wal_row("  and writes ahead", median.written, median.rows)
    return verdict()


def listed(postgres: Postgres) -> Listed:
    from django.db import connection

    from subscribers.delivery import fanout
    from subscribers.models import Delivery

    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {Delivery._meta.db_table} CASCADE")
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    announcement = Program.publish(severity="P4")
    wal, spent, began = Wal(postgres), _cpu(backend), time.monotonic()
    rows = fanout.expand(announcement)
    return Listed(rows, _cpu(backend) - spent, time.monotonic() - began, wal.so_far())


def _cpu(pid: int) -> float:
    """Seconds. Of schedstat: the ticks of stat are too coarse for one page."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


if __name__ == "__main__":
    sys.exit(main())
