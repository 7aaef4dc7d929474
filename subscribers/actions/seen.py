"""What this place has seen of a database: the newest generation, kept outside of it, in DATA_DIR and in Redis.

Either may be empty, as on a new node, or away: the other tells, or nobody does. Numbers only rise.
"""

import json
import logging
import time
from pathlib import Path

from django.conf import settings
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from statuspage.lib.files import replace

_TIMEOUT = 0.25  # seconds that Redis may take
_SILENCE = 30.0  # seconds without a further try, after it took longer
_MOST = 20  # databases that a place remembers
_TELL_EVERY = 1.0  # seconds between two words to Redis
_log = logging.getLogger(__name__)
_silent_until = _told_at = 0.0  # monotonic


def newest(key: str) -> int:
    """The newest generation that was seen of the database `key`; 0 if none."""
    return max(_of_file().get(key, 0), _of_redis(key))


def newest_here(key: str) -> int:
    """The same by this machine's file alone: for each claim."""
    return _of_file().get(key, 0)


def note(key: str, generation: int) -> None:
    """It was reached, and committed."""
    known = _of_file()
    if generation > known.get(key, 0):
        try:
            known = dict(list(known.items())[-_MOST:]) | {key: generation}
            replace(_path(), json.dumps(known).encode())
        except OSError as error:  # a full disk must not silence us
            _log.error("Cannot note which generation was sent: %s", error)
    _tell_redis(key, generation)


def _path() -> Path:
    return settings.DATA_DIR / "generations.json"


def _of_file() -> dict[str, int]:
    try:
        found = json.loads(_path().read_bytes())
    except (OSError, ValueError):
        return {}
    return {key: int(number) for key, number in found.items()} if isinstance(found, dict) else {}


def _redis() -> Redis:
    """Asked once: by itself it would try again and again, for seconds."""
    once = Retry(NoBackoff(), 0)
    return Redis.from_url(settings.REDIS_URL, socket_timeout=_TIMEOUT, socket_connect_timeout=_TIMEOUT, retry=once)


def _name(key: str) -> str:
    return f"statuspage:generation:{key}"


def _of_redis(key: str) -> int:
    if time.monotonic() < _silent_until:
        return 0
    try:
        with _redis() as redis:
            return int(redis.get(_name(key)) or 0)
    except (RedisError, ValueError):
        _leave_redis()
        return 0


def _tell_redis(key: str, generation: int) -> None:
    global _told_at
    if time.monotonic() < max(_silent_until, _told_at + _TELL_EVERY):
        return
    _told_at = time.monotonic()
    try:
        with _redis() as redis:
            redis.set(_name(key), generation)
    except RedisError:
        _leave_redis()


def _leave_redis() -> None:
    global _silent_until
    _silent_until = time.monotonic() + _SILENCE
