"""The newest generation of a database that this place has seen, kept outside of it, in DATA_DIR and in Redis.

Either may be empty, as on a new node, or away: the other tells, or nobody does. Numbers only rise.
"""

import json
import logging
from pathlib import Path

from django.conf import settings

from statuspage.lib.files import replace
from statuspage.lib.spare_redis import SpareRedis

_MOST = 20  # databases that a place remembers
_RAISE = """
if tonumber(redis.call('GET', KEYS[1]) or '0') < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], ARGV[1]) end
"""
_log = logging.getLogger(__name__)
_redis = SpareRedis(lambda: settings.REDIS_URL, left_alone=30.0)


def newest(key: str) -> int:
    """The newest generation that was seen of the database `key`; 0 if none."""
    return max(_of_file().get(key, 0), _redis.ask(lambda redis: int(redis.get(_name(key)) or 0), otherwise=0))


def note(key: str, generation: int) -> None:
    """Note a generation that was reached, and committed."""
    known = _of_file()
    if generation <= known.get(key, 0):
        return
    known = dict(list(known.items())[-_MOST:]) | {key: generation}
    try:
        replace(_path(), json.dumps(known).encode())
    except OSError as error:  # a full disk must not silence us
        _log.error("Cannot note which generation was sent: %s", error)
    _redis.ask(lambda redis: redis.eval(_RAISE, 1, _name(key), generation), otherwise=None)


def _path() -> Path:
    return settings.DATA_DIR / "generations.json"


def _of_file() -> dict[str, int]:
    try:
        found = json.loads(_path().read_bytes())
    except (OSError, ValueError):
        return {}
    return {key: int(number) for key, number in found.items()} if isinstance(found, dict) else {}


def _name(key: str) -> str:
    return f"statuspage:generation:{key}"
