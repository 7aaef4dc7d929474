"""The web process as it is, but with an age notice after seconds instead of a minute and a half.

And each question to Django is noted in DATA_DIR/builds: when, by which process, for which path; its answer in
DATA_DIR/built.
"""

import os
import time

from statuspage.edge import answer_cache

answer_cache.UNCONFIRMED_AFTER = 4.0

from statuspage.wsgi import application, edge, settings  # noqa: E402, F401  granian serves it

_begun, _done = (open(settings.DATA_DIR / name, "a", buffering=1) for name in ("builds", "built"))  # noqa: SIM115
_ask = edge.cache.ask


def _ask_and_note(path):
    _begun.write(f"{time.time()} {os.getpid()} {path}\n")
    answer = _ask(path)
    _done.write(f"{time.time()} {os.getpid()} {path}\n")
    return answer


edge.cache.ask = _ask_and_note
