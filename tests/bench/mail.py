"""E-mail at the limit of the wire: `python -m tests.bench.mail [--readers N] [--rounds N]`.

From the publish until the ledger says that everybody was told, by two worker processes, PostgreSQL and Redis, into
Postfix's smtp-sink; beside it, in turn, Postfix's own smtp-source in C with ten sessions. Also: a relay that takes
20 ms to accept, and how much one recipient costs with ten times as many. Needs Postfix's two tools; starts everything
else itself, prints one table, leaves nothing behind.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from tests.bench.figures import row
from tests.bench.program import Program
from tests.fast_sinks import FastSmtpSink
from tests.servers import Server

TOOLS = {name: shutil.which(name) or shutil.which(name, path="/usr/sbin") for name in ("smtp-source", "smtp-sink")}
SESSIONS = 10
PROCESSES = 2  # of our worker
DELAY = 0.02  # seconds
CONNECTIONS = (10, 50, 200)  # in all
BACKLOG = 900_000
BYTES = 8_000


class Sink(Server):
    """Postfix's, which takes and forgets."""

    def __init__(self, parent: Path):
        super().__init__("smtp-sink", parent)

    def command(self):
        plain = ["-u", "nobody"] if os.getuid() == 0 else []
        return [TOOLS["smtp-sink"], *plain, f"127.0.0.1:{self.port}", "1000"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--readers", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--slow-relay", type=int, metavar="CONNECTIONS", help="measure this alone: 20 ms to accept")
    wanted = parser.parse_args()
    if not all(TOOLS.values()):
        print("smtp-source and smtp-sink needed (apt install postfix): no comparison with Postfix", file=sys.stderr)
        return 2
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="statuspage-bench-")))
        directory.chmod(0o711)  # PostgreSQL and smtp-sink run as somebody else when we are root
        if wanted.slow_relay:
            slow_relay(stack, directory, wanted.slow_relay)
        else:
            fast_relay(stack, directory, wanted.readers, wanted.rounds)
    if not wanted.slow_relay:  # each sets Django up anew
        for connections in CONNECTIONS:
            subprocess.call([sys.executable, "-m", __spec__.name, "--slow-relay", str(connections)])
    return 0


def fast_relay(stack: ExitStack, directory: Path, readers: int, rounds: int) -> None:
    sink = Sink(directory)
    stack.callback(sink.stop)
    sink.start()
    program = stack.enter_context(Program(directory, EMAIL_URL=f"smtp://127.0.0.1:{sink.port}"))
    program.worker()
    compare(program, sink, readers, rounds)
    ten_times(program, readers)
    behind_a_backlog(program)


def slow_relay(stack: ExitStack, directory: Path, connections: int) -> None:
    """One that takes 20 ms to accept: what is carried, of what so many connections could."""
    sink = stack.enter_context(FastSmtpSink(directory, delay=DELAY))
    each = str(connections // PROCESSES)
    url = f"smtp://127.0.0.1:{sink.port}"
    program = stack.enter_context(Program(directory, EMAIL_URL=url, EMAIL_CONNECTIONS=each))
    program.worker()
    readers = min(int(connections / DELAY) * 8, 20_000)
    program.with_readers(readers)
    program.publish_and_wait()  # it finds out how many connections are good
    rate = readers / program.publish_and_wait().seconds
    share = rate * DELAY / connections
    row(f"{connections} connections, {DELAY * 1000:.0f} ms each", f"{rate:,.0f}/s", f"{share:.2f} of all they could")


def behind_a_backlog(program: Program) -> None:
    """A P1 while hundreds of thousands of rows of low priority are due and going out."""
    from subscribers.actions import fanout

    program.worker().kill()
    program.with_readers(BACKLOG)
    fanout.expand(program.publish(severity="P4"))
    program.worker()
    time.sleep(5)
    row(
        f"P1 behind {BACKLOG:,} due rows",
        f"{program.publish_and_wait(readers=1).first:.2f} s",
        "to the first acceptance",
    )


def compare(program: Program, sink: Sink, readers: int, rounds: int) -> None:
    """Ours and Postfix's in turn; the first of ours warms up the workers."""
    program.with_readers(readers)
    program.publish_and_wait()
    ours, its = [], []
    for _ in range(rounds):
        its.append(postfix(sink, readers))
        ours.append(readers / program.publish_and_wait().seconds)
    ratio = statistics.median(a / b for a, b in zip(ours, its, strict=True))
    row(f"smtp-source, {readers:,} of {BYTES} bytes", f"{statistics.median(its):,.0f}/s", f"{SESSIONS} sessions")
    row(f"statuspage, {readers:,} readers", f"{statistics.median(ours):,.0f}/s", f"{ratio:.2f} of smtp-source")
    last = program.publish_and_wait()
    row("publish to the first acceptance", f"{last.first:.2f} s", f"{last.mail_bytes:,} bytes a mail")


def postfix(sink: Sink, mails: int) -> float:
    """Mails a second."""
    options = ["-s", str(SESSIONS), "-m", str(mails), "-l", str(BYTES), "-f", "a@b.test", "-t", "c@d.test"]
    began = time.perf_counter()
    subprocess.run([TOOLS["smtp-source"], *options, f"127.0.0.1:{sink.port}"], check=True)
    return mails / (time.perf_counter() - began)


def ten_times(program: Program, readers: int) -> None:
    """Whether one recipient costs as much among many as among few."""
    few = program.publish_and_wait().seconds / readers
    program.with_readers(5 * readers)
    many = program.publish_and_wait()
    row(
        f"statuspage, {5 * readers:,} readers",
        f"{5 * readers / many.seconds:,.0f}/s",
        f"{many.seconds / (5 * readers) / few:.2f} times the cost of one among {readers:,}",
    )


if __name__ == "__main__":
    sys.exit(main())
