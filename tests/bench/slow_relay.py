"""A relay that takes its time: `python -m tests.bench.slow_relay [--only CONNECTIONS MILLISECONDS] [--rounds N]`.

Each mail takes so many milliseconds until it is accepted. Told is what we carry between the first acceptance and the
last, as a share of what so many connections could (connections / delay); and beside it, in turn and into the same
relay, what Postfix's smtp-source in C gets with as many sessions: on one small machine the relay, which is in Python,
has a ceiling of its own. The worker has found out how many connections are good before it is measured.
"""

import argparse
import statistics
import sys
from pathlib import Path

from tests.bench import readers, relays
from tests.bench.figures import at_least, row, verdict
from tests.bench.program import Program, cpu_row
from tests.bench.relays import smtp_source
from tests.bench.site import place
from tests.fast_sinks import FastSmtpSink

PROCESSES = 2  # of our worker
SITUATIONS = ((10, 20), (50, 20), (200, 20), (200, 100), (200, 200))  # connections in all, milliseconds each
PROMISED = 0.8  # of what the connections could
LASTS, MOST = 8, 20_000  # seconds, mails of one run
WARM_UP = 12  # seconds, until the number of connections has grown from eight to a hundred each


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", type=int, nargs=2, metavar=("CONNECTIONS", "MILLISECONDS"))
    parser.add_argument("--rounds", type=int, default=3)
    wanted = parser.parse_args()
    with place() as directory, Program(directory) as program:
        for connections, milliseconds in [wanted.only] if wanted.only else SITUATIONS:
            measure(program, directory, connections, milliseconds / 1000, wanted.rounds)
    return verdict()


def measure(program: Program, directory: Path, connections: int, delay: float, rounds: int) -> None:
    could = connections / delay
    number = min(int(could * LASTS), MOST)
    with FastSmtpSink(directory, delay=delay) as sink:
        program.watched["relay"] = sink.process.pid
        readers.only(number)
        program.worker(EMAIL_URL=f"smtp://127.0.0.1:{sink.port}", EMAIL_CONNECTIONS=str(connections // PROCESSES))
        warm_up(program)
        runs, its, used = [], [], []
        for _ in range(rounds):
            runs.append(program.publish_and_wait())
            used.append(relays.standing(sink.port))
            if relays.has_source():
                its.append(smtp_source(sink.port, number, connections))
    rate = statistics.median(run.carried for run in runs)
    beside = f", over {statistics.median(used):.0f}"
    if its:
        ratio = statistics.median(run.carried / other for run, other in zip(runs, its, strict=True))
        beside += f", {ratio:.2f} of smtp-source's {statistics.median(its):,.0f}/s"
    what = f"{connections} connections, {delay * 1000:.0f} ms each"
    row(what, f"{rate:,.0f}/s", f"{rate / could:.2f} of all they could{beside}", at_least(PROMISED, rate / could))
    cpu_row("  of which each takes", sorted(runs, key=lambda run: run.rate)[len(runs) // 2])


def warm_up(program: Program) -> None:
    spent = 0.0
    while spent < WARM_UP:
        spent += program.publish_and_wait().seconds


if __name__ == "__main__":
    sys.exit(main())
