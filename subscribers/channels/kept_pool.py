"""The pool that a thread keeps, with its connections."""

import threading
from collections.abc import Callable

from .pool import TransportPool


class KeptPool(threading.local):
    """The pool of this thread, with its connections, for as long as the settings that made it are the same."""

    _key: object = None
    _pool: TransportPool | None = None

    def get(self, key: object, make: Callable[[], TransportPool]) -> TransportPool:
        if self._pool is None or key != self._key:
            self.close()
            self._key, self._pool = key, make()
        return self._pool

    def close(self) -> None:
        if self._pool:
            self._pool.close()
        self._key = self._pool = None
