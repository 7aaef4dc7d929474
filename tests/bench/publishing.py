"""What publishing costs, and the fan-out behind it: `python -m tests.bench.publishing [--readers N]`.

Starts everything itself, prints one table, leaves nothing behind.
"""

import argparse
import resource
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench.figures import row
from tests.bench.program import Program


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--readers", type=int, default=1_000_000)
    many = parser.parse_args().readers
    with tempfile.TemporaryDirectory(prefix="statuspage-bench-") as name:
        directory = Path(name)
        directory.chmod(0o711)  # PostgreSQL runs as somebody else when we are root
        with Program(directory) as program:
            publishing(program, many)
            expanding(program, many)
    return 0


def publishing(program: Program, many: int) -> None:
    """The request's whole work: the action, the commit and the ring."""
    for number in (10, many):
        program.with_readers(number)
        program.publish()  # what is loaded once
        row(f"publish, {number:,} readers", *milliseconds(program.publish, 30))
    redis = program.stack.redis
    for words, number in (("frozen", signal.SIGSTOP), ("thawed", signal.SIGCONT), ("killed", signal.SIGKILL)):
        redis.kill(number)
        forget_silence()
        row(f"publish, Redis {words}", *milliseconds(program.publish, 10))
    redis.start()


def expanding(program: Program, many: int) -> None:
    """Rows a second, and what this process needed more of memory than for a few."""
    from subscribers.actions import fanout

    before = 0.0
    for number in (10_000, many):
        program.with_readers(number)
        announcement = program.publish()
        began = time.perf_counter()
        written = fanout.expand(announcement)
        seconds = time.perf_counter() - began
        assert written == number
        grown = f", +{peak_mb() - before:.0f} MB" if before else ""
        row(f"expand to {written:,}", f"{seconds:.1f} s", f"{written / seconds:,.0f} rows a second{grown}")
        before = peak_mb()


def forget_silence() -> None:
    from statuspage.lib import doorbell

    doorbell._silent_until = 0.0


def milliseconds(action: Callable[[], object], times: int) -> tuple[str, str]:
    took = []
    for _ in range(times):
        began = time.perf_counter()
        action()
        took.append((time.perf_counter() - began) * 1000)
    return f"{statistics.median(took):.1f} ms", f"{min(took):.1f} to {max(took):.0f} ms in {times}"


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    sys.exit(main())
