"""SMS through a gateway 50 ms away: `python -m tests.bench.sms [--readers N]`.

From the publish until the ledger says that everybody was told, by two worker processes. Starts everything itself.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from tests.bench.figures import row
from tests.bench.program import Program
from tests.fast_sinks import FastHttpSink

DELAY = 0.05  # seconds
ROUNDS = 3


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--readers", type=int, default=20_000)
    readers = parser.parse_args().readers
    with tempfile.TemporaryDirectory(prefix="statuspage-bench-") as name:
        directory = Path(name)
        directory.chmod(0o711)  # PostgreSQL runs as somebody else when we are root
        with FastHttpSink(directory, delay=DELAY) as sink, Program(directory, SMS_URL=sink.url) as program:
            program.worker()
            program.with_readers(readers, "sms")
            program.publish_and_wait()
            rates = [readers / program.publish_and_wait().seconds for _ in range(ROUNDS)]
            row(f"SMS to {readers:,}, 50 ms each", f"{statistics.median(rates):,.0f}/s", f"best {max(rates):,.0f}/s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
