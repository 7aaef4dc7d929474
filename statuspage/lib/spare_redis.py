"""Redis for what does as well without it: asked with little patience, and left alone for a while once it failed.

Its library, 17 MB, is loaded by the first question: most processes ask none.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import redis

_PATIENCE = 0.25  # seconds that it has for an answer
_Answer = TypeVar("_Answer")
_log = logging.getLogger(__name__)


class SpareRedis:
    """The Redis at `url()`, which may change. `left_alone`: seconds in which one that failed is not asked again."""

    def __init__(self, url: Callable[[], str], *, left_alone: float, clock: Callable[[], float] = time.monotonic):
        self.url, self.left_alone, self.clock = url, left_alone, clock
        self._client: redis.Redis | None = None
        self._client_url = ""
        self._ask_again_at = float("-inf")
        self._lock = threading.Lock()

    def ask(self, act: "Callable[[redis.Redis], _Answer]", *, otherwise: _Answer) -> _Answer:
        """Return what `act(client)` returns; `otherwise` where Redis says nothing, or nothing that can be read."""
        if not self._may_ask():
            return otherwise
        import redis

        try:
            answer = act(self._connected())
        except (redis.RedisError, OSError, ValueError) as error:
            self._ask_again_at = self.clock() + self.left_alone
            _log.warning("Redis is left alone for %.0f s: %s", self.left_alone, error)
            return otherwise
        self._ask_again_at = float("-inf")
        return answer

    def _may_ask(self) -> bool:
        """Return whether to ask: always while it answers; after a failure one thread from time to time, for it may hang
        with whoever asks."""
        with self._lock:
            now, again_at = self.clock(), self._ask_again_at
            if again_at > now:
                return False
            if again_at > float("-inf"):
                self._ask_again_at = now + self.left_alone
            return True

    def _connected(self) -> "redis.Redis":
        """Asks once: left to itself, it would try again for seconds."""
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        url = self.url()
        if self._client is None or url != self._client_url:
            self._client_url = url
            self._client = redis.Redis.from_url(
                url, socket_timeout=_PATIENCE, socket_connect_timeout=_PATIENCE, retry=Retry(NoBackoff(), 0)
            )
        return self._client
