"""Keeps unsubscribes, or does them, for ever in a child whose process id it prints, and in another once that is killed.

`keep`: number after number, each promised by a line of the file `promised` in DATA_DIR. `settle`: whatever is kept.
"""

import os
import sys
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.utils import timezone  # noqa: E402

from subscribers.delivery import kept_unsubscribes  # noqa: E402


def keep() -> None:
    promised = settings.DATA_DIR / "promised"
    first = promised.read_text().count("\n") + 1 if promised.exists() else 1
    with open(promised, "a", buffering=1) as lines:
        for number in count(first):
            assert kept_unsubscribes.keep(number, at=timezone.now())
            lines.write(f"{number}\n")


def settle() -> None:
    while True:
        kept_unsubscribes.settle()


while True:
    if not (child := os.fork()):
        {"keep": keep, "settle": settle}[sys.argv[1]]()
    print(child, flush=True)
    os.waitpid(child, 0)
