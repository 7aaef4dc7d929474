"""Who of this machine holds connections to a relay, in Redis. Without it a process takes a relay that hangs up on it
for one that is down, and looks again."""

import asyncio
import os
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from django.conf import settings

from statuspage.lib.spare_redis import SpareRedis

if TYPE_CHECKING:
    from redis import Redis

T = TypeVar("T")
HELD_SECONDS = 20  # a process that has not said so again by then is gone: longer than its connections stay idle
_SAID_EVERY = 5.0
_redis = SpareRedis(lambda: settings.REDIS_URL, left_alone=30.0)


class Known:
    """The holders of one `relay`, as one process sees them. Redis is asked in a thread of its own, one question
    after the other."""

    def __init__(self, relay: str):
        self._holders = f"statuspage:relay:{relay}:holders:{socket.gethostname()}"  # a relay counts by address
        self._me = f"{os.getpid()}:{id(self)}"
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="known-of-relay")
        self._holds, self._said_at = False, float("-inf")

    async def others_hold(self) -> bool:
        """Whether the relay serves another process of this machine."""
        return await self._asked(self._has_others, False)

    def _has_others(self, redis: "Redis") -> bool:
        found = redis.zrangebyscore(self._holders, time.time(), "inf")
        return any(holder != self._me.encode() for holder in found)

    def holds(self, holds: bool) -> None:
        """Whether this process has connections that serve it; may be called as often as one likes."""
        now = time.monotonic()
        if holds == self._holds and not (holds and now - self._said_at > _SAID_EVERY):
            return
        self._holds, self._said_at = holds, now
        self._tell(self._say if holds else self._unsay)

    def _say(self, redis: "Redis") -> None:
        now = time.time()
        redis.zadd(self._holders, {self._me: now + HELD_SECONDS})
        redis.zremrangebyscore(self._holders, 0, now)
        redis.expire(self._holders, HELD_SECONDS)

    def _unsay(self, redis: "Redis") -> None:
        redis.zrem(self._holders, self._me)

    async def _asked(self, act: "Callable[[Redis], T]", otherwise: T) -> T:
        ask = partial(_redis.ask, act, otherwise=otherwise)
        return await asyncio.get_running_loop().run_in_executor(self._thread, ask)

    def _tell(self, act: "Callable[[Redis], object]") -> None:
        with suppress(RuntimeError):  # the process ends
            self._thread.submit(_redis.ask, act, otherwise=None)
