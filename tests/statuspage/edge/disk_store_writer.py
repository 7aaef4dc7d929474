"""Writes answers to the disk store in the directory that it is given.

With a number, so many; without, for ever, in a child whose process id it prints, and in another one once that is
killed.
"""

import os
import random
import signal
import sys
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

from statuspage.edge.answer import Answer  # noqa: E402
from statuspage.edge.disk_store import DiskStore  # noqa: E402

PATHS = 5
SIZE = 60_000  # bytes of an answer; enough for a write to take a moment


def write(directory: Path, number: int | None = None) -> None:
    """Raise the version with each answer, beginning after what is there."""
    disk_store = DiskStore(directory)
    first = max((answer.version for _, answer in disk_store.load()), default=1) + 1
    for version in count(first) if number is None else range(first, first + number):
        body = random.randbytes(8) * (SIZE // 8)
        disk_store.store(f"/{version % PATHS}", Answer("200 OK", [("Content-Type", "text/plain")], body, version))


def main(directory: str, number: str = "") -> None:
    if number:
        return write(Path(directory), int(number))
    while True:
        if not (child := os.fork()):
            write(Path(directory))
        print(child, flush=True)
        os.waitpid(child, 0)


main(*sys.argv[1:])
