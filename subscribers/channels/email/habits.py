"""The habits of a relay that only trying shows, kept in DATA_DIR/relays for a day: a new process begins with them, and
several learn from each other. They go with a greeting: behind another one there may be another program.

What cannot be read or written is as if nobody knew it, which costs one mail a part of a second, and nobody an attempt.
"""

import json
import logging
import time
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

from django.conf import settings

from statuspage.lib.files import replace

KEPT_SECONDS = 86_400
_MOST = 20  # greetings of one address, behind which there may be many machines
_LONGEST = 200  # characters of a greeting
_log = logging.getLogger(__name__)
_Known = dict[str, tuple[bool, float]]  # by greeting: whether it takes ahead, and when that was learnt


class Habits:
    """What one process knows of the relay at `address`, "host:port"."""

    def __init__(self, address: str):
        self._file: Path = settings.DATA_DIR / "relays" / f"{quote(address, safe='')}.json"
        self._known: _Known = {}

    def takes_ahead(self, greeting: str) -> bool | None:
        """Whether it takes a text and the next envelope in one go; None where nobody knows. The file is read where this
        process does not."""
        key = lasting(greeting)
        if key not in self._known or _is_old(self._known[key][1]):
            self._known = self._read()
        return self._known[key][0] if key in self._known else None

    def learn(self, greeting: str, *, takes_ahead: bool) -> None:
        key = lasting(greeting)
        others = {other: habit for other, habit in self._read().items() if other != key}
        self._known = dict(list(others.items())[1 - _MOST :]) | {key: (takes_ahead, time.time())}
        try:
            replace(self._file, json.dumps(self._known).encode(), mode=0o600)
        except OSError as error:
            _log.warning("Cannot keep what was learnt of a relay: %s", error)

    def _read(self) -> _Known:
        """Return all that is known and not old."""
        try:
            found = json.loads(self._file.read_bytes())
            known = {str(key): (bool(is_taken), float(at)) for key, (is_taken, at) in found.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}
        return {key: habit for key, habit in known.items() if not _is_old(habit[1])}


@lru_cache(_MOST)
def lasting(greeting: str) -> str:
    """Return what stays the same from one connection to the next: no time of day, and no number of a session. A name
    and a version hold dots."""
    words = greeting.split("\n")[0].split()
    kept = [word for word in words if not any(map(str.isdigit, word)) or ("." in word and ":" not in word)]
    return " ".join(kept)[:_LONGEST]


def _is_old(learnt_at: float) -> bool:
    """A clock that was put back makes nothing last."""
    return not 0 <= time.time() - learnt_at < KEPT_SECONDS
