"""Whether many cost more than few: `python -m tests.bench.scale [--readers N] [--million N] [--rounds N]`.

One recipient among 100,000 beside one among 10,000, in time and CPU; what two worker processes need of memory for
1,000,000 beside 10,000; and how long a P1 to 1,000 waits behind 900,000 due rows of low priority, which are going out.
Starts everything itself.
"""

import argparse
import statistics
import sys
import time
from contextlib import ExitStack

from tests.bench import readers, relays
from tests.bench.figures import at_most, row, verdict
from tests.bench.processes import children, peak_mb, proportional_mb
from tests.bench.program import Program, Run, cpu_row, until
from tests.bench.site import place

TIMES_MORE = 10
PROMISED_COST, PROMISED_GROWTH, PROMISED_FIRST = 1.15, 50, 2.0  # times; MB; seconds
DRAINED = 60_000  # of the million, then its worker is stopped
URGENT_READERS = 1_000
UNDER_WAY = 5  # seconds that the backlog goes out before the P1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--readers", type=int, default=10_000)
    parser.add_argument("--million", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    wanted = parser.parse_args()
    with ExitStack() as stack:
        directory = stack.enter_context(place())
        sink = stack.enter_context(relays.sink(directory))
        program = stack.enter_context(Program(directory, EMAIL_URL=f"smtp://127.0.0.1:{sink.port}"))
        program.watched["relay"] = sink.process.pid
        ten_times(program, wanted.readers, wanted.rounds)
        memory(program, wanted.readers, wanted.million)
        behind_a_backlog(program, wanted.million * 9 // 10, wanted.rounds)
    return verdict()


def ten_times(program: Program, few: int, rounds: int) -> None:
    """Whether one recipient costs as much among many as among few."""
    program.worker()
    found = {}
    for number in (few, TIMES_MORE * few):
        readers.only(number)
        program.publish_and_wait()
        found[number] = [program.publish_and_wait() for _ in range(rounds)]
        row(f"ours, {number:,} readers", f"{statistics.median(run.rate for run in found[number]):,.0f}/s")
        cpu_row("  of which each takes", sorted(found[number], key=lambda run: run.cpu_each)[rounds // 2])
    small, large = found.values()
    _times("time", small, large, lambda run: run.seconds / run.readers)
    _times("CPU", small, large, lambda run: run.cpu_each)


def _times(what: str, small: list[Run], large: list[Run], cost) -> None:
    times = statistics.median(map(cost, large)) / statistics.median(map(cost, small))
    row(f"  {what} of one among so many more", f"{times:.2f}", "times that among few", at_most(PROMISED_COST, times))


def memory(program: Program, few: int, many: int) -> None:
    """Of the same two processes: they list everybody and tell a part of them."""
    processes = children(program.worker().process.pid)
    readers.only(few)
    program.publish_and_wait()
    peaks, shared = [peak_mb(pid) for pid in processes], proportional_mb(processes)
    row(
        f"memory of the workers, {few:,} readers",
        f"{max(peaks):.0f} MB",
        f"at its most; together {shared:.0f} MB (Pss)",
    )
    readers.only(many)
    listed = _list_and_tell(program, min(DRAINED, many))
    growth = max(peak_mb(pid) - before for pid, before in zip(processes, peaks, strict=True))
    after = proportional_mb(processes)
    row(
        f"  and {many:,} readers",
        f"+{growth:.0f} MB",
        f"a process; together {after:.0f} MB",
        at_most(PROMISED_GROWTH, growth),
    )
    program.stop_workers()
    assert listed.deliveries.count() == many
    row(f"  {many:,} listed by the worker", f"{listed.deliveries.filter(state='sent').count():,}", "told meanwhile")


def _list_and_tell(program: Program, drained: int):
    """Until all are listed and one that stands so far behind is told; the announcement."""
    from subscribers.models import Fanout

    announcement = program.publish()
    listed = Fanout.objects.filter(announcement=announcement, finished_at__isnull=False)
    until(listed.exists)
    last = announcement.deliveries.order_by("pk")[drained - 1].pk
    until(announcement.deliveries.filter(pk=last, sent_at__isnull=False).exists)
    return announcement


def behind_a_backlog(program: Program, backlog: int, rounds: int) -> None:
    """From the publish of a P1 until the ledger says that the first of its 1,000 was told: after the relay took it."""
    from subscribers.delivery import fanout
    from tests.factories import a_component

    program.stop_workers()
    readers.only(backlog)
    component = a_component()
    readers.narrow(component, but=URGENT_READERS)
    low = program.publish(severity="P4", component=component)
    assert fanout.expand(low) == backlog
    program.worker()
    time.sleep(UNDER_WAY)
    runs = [program.publish_and_wait() for _ in range(rounds)]
    due = low.deliveries.waiting().count()
    assert {run.readers for run in runs} == {URGENT_READERS}
    first, last = max(run.first for run in runs), max(run.seconds for run in runs)
    words = f"to the first acceptance, {last:.2f} s to all: the slowest of {rounds}; {due:,} still due"
    row(
        f"P1 to {URGENT_READERS:,} behind {backlog:,} due rows", f"{first:.2f} s", words, at_most(PROMISED_FIRST, first)
    )


if __name__ == "__main__":
    sys.exit(main())
