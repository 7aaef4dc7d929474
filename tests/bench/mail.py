"""E-mail at the limit of the wire: `python -m tests.bench.mail [--readers N] [--rounds N]`.

Ours: from the first mail until the ledger says of the last that they were told, by two worker processes, PostgreSQL and
Redis. Beside it, in turn and into the same smtp-sink: Postfix's smtp-source in C with ten sessions that are kept, and
two ways in which others send (peers.py). Starts everything itself, prints one table, leaves nothing behind.
"""

import argparse
import statistics
import sys
from collections import defaultdict
from contextlib import ExitStack

from tests.bench import readers, relays
from tests.bench.figures import at_least, at_most, row, verdict
from tests.bench.peers import Peers
from tests.bench.program import Program, Run, cpu_row, wal_row
from tests.bench.relays import BYTES, smtp_source
from tests.bench.site import place

SESSIONS = 10
PROMISED, PROMISED_FIRST = 0.6, 1.0  # of smtp-source; seconds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--readers", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    wanted = parser.parse_args()
    with ExitStack() as stack:
        directory = stack.enter_context(place())
        sink = stack.enter_context(relays.sink(directory))
        program = stack.enter_context(Program(directory, EMAIL_URL=f"smtp://127.0.0.1:{sink.port}"))
        program.watched["relay"] = sink.process.pid
        compare(program, sink.port, wanted.readers, wanted.rounds)
    return verdict()


def compare(program: Program, port: int, number: int, rounds: int) -> None:
    """All in turn, round by round; the first of ours warms up the workers."""
    readers.only(number)
    program.worker()
    program.publish_and_wait()
    ours: list[Run] = []
    kept, each, peers = [], [], defaultdict(list)
    with Peers(program) as others:
        for _ in range(rounds):
            if relays.has_source():
                kept.append(smtp_source(port, number, SESSIONS))
                each.append(smtp_source(port, number // 4, SESSIONS, keep=False))
            ours.append(program.publish_and_wait())
            for name, measure in others.rates.items():
                peers[name].append(measure())
    _print(ours, kept, each, peers)


def _print(ours: list[Run], kept: list[float], each: list[float], peers: dict[str, list[float]]) -> None:
    # As smtp-source is timed, from its first mail; what goes before that has a row of its own.
    rates, run = [run.carried for run in ours], sorted(ours, key=lambda run: run.carried)[len(ours) // 2]
    share, promise = "", None
    if kept:
        row(f"smtp-source, {BYTES:,} bytes", f"{median(kept):,.0f}/s", f"{SESSIONS} sessions, each kept")
        row("smtp-source, as it is used to", f"{median(each):,.0f}/s", f"{SESSIONS} sessions, a connection a mail")
        share, promise = f"{ratio(rates, kept):.2f} of smtp-source", at_least(PROMISED, ratio(rates, kept))
    row(f"ours, {run.readers:,} readers", f"{median(rates):,.0f}/s", share, promise)
    cpu_row("  of which each takes", run)
    wal_row("  and writes ahead in PostgreSQL", run.written, run.readers)
    for name, found in peers.items():
        share = f"{ratio(found, kept):.3f} of smtp-source, " if kept else ""
        row(name, f"{median(found):,.0f}/s", f"{share}{ratio(found, rates):.3f} of ours")
    first = median([run.first for run in ours])
    words = f"{run.mail_bytes:,} bytes a mail"
    row("publish to the first acceptance", f"{first:.2f} s", words, at_most(PROMISED_FIRST, first))


def median(figures: list[float]) -> float:
    return statistics.median(figures)


def ratio(ours: list[float], its: list[float]) -> float:
    """Of runs that stood beside each other, the median of their ratios: a busy moment of the machine hits both."""
    return statistics.median(one / other for one, other in zip(ours, its, strict=True))


if __name__ == "__main__":
    sys.exit(main())
