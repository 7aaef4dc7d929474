"""An event loop in a thread of its own."""

import asyncio
import sys
import threading
from collections.abc import Callable, Coroutine

SWITCH_SECONDS = 0.0005  # Python's 5 ms would let the network wait for whoever computes in the other thread


class Loop:
    """An event loop in a daemon thread, begun when it is first needed: after a worker has forked."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()  # several threads may be the first

    def call(self, act: Callable[[], object]) -> None:
        """Run `act` in the loop, soon."""
        with self._lock:
            if self._loop is None:
                sys.setswitchinterval(SWITCH_SECONDS)
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="transports", daemon=True).start()
        self._loop.call_soon_threadsafe(act)

    def run(self, act: Callable[[], object]) -> None:
        """Run `act` in the loop, and wait for its end; if it begins a coroutine, for the end of that."""
        ended = threading.Event()

        def begin() -> None:
            done = act()
            if isinstance(done, Coroutine):
                asyncio.ensure_future(done).add_done_callback(lambda _: ended.set())
            else:
                ended.set()

        self.call(begin)
        ended.wait(5)
