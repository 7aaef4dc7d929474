"""What publishing costs, and the fan-out behind it: `python -m tests.bench.publishing [--readers N]`.

Starts everything itself, prints one table, leaves nothing behind.
"""

import argparse
import os
import signal
import statistics
import sys
import time
from collections.abc import Callable

from tests.bench import readers
from tests.bench.figures import at_most, row, verdict
from tests.bench.processes import peak_mb
from tests.bench.program import Program
from tests.bench.site import place

PROMISED, PROMISED_WITHOUT_REDIS, PROMISED_GROWTH = 500, 1_000, 50  # ms, ms, MB


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--readers", type=int, default=1_000_000)
    many = parser.parse_args().readers
    with place() as directory, Program(directory) as program:
        publishing(program, many)
        expanding(many)
    return verdict()


def publishing(program: Program, many: int) -> None:
    """The request's whole work: the action, the commit and the ring."""
    for number in (10, many):
        readers.only(number)
        program.publish()  # what is loaded once
        _milliseconds(f"publish, {number:,} readers", program.publish, 30, PROMISED)
    redis = program.stack.redis
    for words, number in (("frozen", signal.SIGSTOP), ("thawed", signal.SIGCONT), ("killed", signal.SIGKILL)):
        redis.kill(number)
        forget_silence()
        _milliseconds(f"publish, Redis {words}", program.publish, 10, PROMISED_WITHOUT_REDIS)
    redis.start()


def expanding(many: int) -> None:
    """Of a P4: rows a second, exactly as many as there are readers, and what more of memory this process needed for
    many than for a few."""
    from subscribers.delivery import fanout

    before = 0.0
    for number in (10_000, many):
        readers.only(number)
        announcement = Program.publish(severity="P4")
        began = time.perf_counter()
        fanout.expand(announcement)
        seconds = time.perf_counter() - began
        rows = announcement.deliveries.count()
        if rows != number:
            raise RuntimeError(f"{rows:,} rows for {number:,} readers")
        row(f"expand to exactly {rows:,}", f"{seconds:.1f} s", f"{rows / seconds:,.0f} rows a second")
        before, grown = peak_mb(os.getpid()), peak_mb(os.getpid()) - before
    row("  memory beyond that of 10,000", f"+{grown:.0f} MB", promise=at_most(PROMISED_GROWTH, grown))


def forget_silence() -> None:
    from statuspage.lib import doorbell

    doorbell._silent_until = 0.0


def _milliseconds(what: str, action: Callable[[], object], times: int, promised: int) -> None:
    """The slowest has to keep the promise."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        action()
        took.append((time.perf_counter() - began) * 1000)
    words = f"{min(took):.1f} to {max(took):.0f} ms in {times}"
    row(what, f"{statistics.median(took):.1f} ms", words, at_most(promised, max(took)))


if __name__ == "__main__":
    sys.exit(main())
