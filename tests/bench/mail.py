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
from tests.servers import Server

TOOLS = {name: shutil.which(name) or shutil.which(name, path="/usr/sbin") for name in ("smtp-source", "smtp-sink")}
SESSIONS = 10
BYTES = 8_000


class Sink(Server):
    """Postfix's, which takes and forgets; `delay`: seconds before it accepts a mail."""

    def __init__(self, parent: Path, delay: int = 0):
        super().__init__("smtp-sink", parent)
        self._options = ["-W", f".:{delay}"] if delay else []

    def command(self):
        plain = ["-u", "nobody"] if os.getuid() == 0 else []
        return [TOOLS["smtp-sink"], *plain, *self._options, f"127.0.0.1:{self.port}", "1000"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--readers", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    wanted = parser.parse_args()
    if not all(TOOLS.values()):
        print("smtp-source and smtp-sink needed (apt install postfix): no comparison with Postfix", file=sys.stderr)
        return 2
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="statuspage-bench-")))
        directory.chmod(0o711)  # PostgreSQL and smtp-sink run as somebody else when we are root
        sink = Sink(directory)
        stack.callback(sink.stop)
        sink.start()
        program = stack.enter_context(Program(directory, EMAIL_URL=f"smtp://127.0.0.1:{sink.port}"))
        program.worker()
        compare(program, sink, wanted.readers, wanted.rounds)
        if wanted.readers >= 20_000:
            ten_times(program, wanted.readers)
    return 0


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
