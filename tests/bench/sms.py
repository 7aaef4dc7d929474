"""SMS through a gateway 50 ms away: `python -m tests.bench.sms [--readers N] [--rounds N]`.

From the publish until the ledger says of the last that they were told, by two worker processes; beside it, in turn and
to the same gateway, what `requests` in eight threads does, without a ledger. Starts everything itself.
"""

import argparse
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import requests

from tests.bench import readers
from tests.bench.figures import at_least, row, verdict
from tests.bench.program import Program, cpu_row
from tests.bench.site import place
from tests.fast_sinks import FastHttpSink

DELAY = 0.05  # seconds
PROMISED = 3_000  # a second
THREADS, PEER_MESSAGES = 8, 800


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--readers", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    wanted = parser.parse_args()
    with (
        place() as directory,
        FastHttpSink(directory, delay=DELAY) as sink,
        Program(directory, SMS_URL=sink.url) as program,
    ):
        program.watched["gateway"] = sink.process.pid
        readers.only(wanted.readers, "sms")
        program.worker()
        program.publish_and_wait()
        runs, its = [], []
        for _ in range(wanted.rounds):
            runs.append(program.publish_and_wait())
            its.append(peer(sink.url))
    rate = statistics.median(run.rate for run in runs)
    row(f"SMS to {wanted.readers:,}, {DELAY * 1000:.0f} ms each", f"{rate:,.0f}/s", "", at_least(PROMISED, rate))
    cpu_row("  of which each takes", sorted(runs, key=lambda run: run.rate)[len(runs) // 2])
    share = statistics.median(other / run.rate for run, other in zip(runs, its, strict=True))
    what = f"requests in {THREADS} threads, {PEER_MESSAGES}"
    row(what, f"{statistics.median(its):,.0f}/s", f"{share:.3f} of ours")
    return verdict()


def peer(url: str) -> float:
    """Messages a second; each thread keeps its connection."""
    each = PEER_MESSAGES // THREADS
    began = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(_send, [url] * THREADS, [each] * THREADS))
    return each * THREADS / (time.perf_counter() - began)


def _send(url: str, number: int) -> None:
    with requests.Session() as session:
        for n in range(number):
            reply = session.post(url, json={"to": f"+4915112{n:06d}", "text": "Card payments fail.", "from": "Acme"})
            reply.raise_for_status()


if __name__ == "__main__":
    sys.exit(main())
