"""Writes answers to the shelf in the directory that it is given, until it is killed or has written as many as told."""

import random
import signal
import sys
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

from statuspage.lib.answer import Answer  # noqa: E402
from statuspage.lib.shelf import Shelf  # noqa: E402

PATHS = 5
SIZE = 60_000  # bytes of an answer; enough for a write to take a moment

shelf = Shelf(Path(sys.argv[1]))
first = max((answer.version for _, answer in shelf.load()), default=1) + 1
last = first + int(sys.argv[2]) if len(sys.argv) > 2 else None
print("writing", flush=True)
for version in count(first) if last is None else range(first, last):
    body = random.randbytes(8) * (SIZE // 8)
    shelf.keep(f"/{version % PATHS}", Answer("200 OK", [("Content-Type", "text/plain")], body, version))
