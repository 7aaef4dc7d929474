"""A fixed number of threads to run something in, for callers that are many and of which most only wait.

What a thread keeps open, such as its connection to the database, is then kept open that often and no more.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial, wraps
from queue import SimpleQueue
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Threads:
    """`count` threads, which begin with the first call and end with the process, also in the middle of one."""

    def __init__(self, count: int, name: str):
        self.count, self.name = count, name
        self._calls: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._begun = 0
        self._beginning = threading.Lock()

    def running(self, act: Callable[P, T]) -> Callable[P, T]:
        """`act`, run in one of the threads; whoever calls it waits for a free one and for the result."""

        @wraps(act, updated=())
        def run(*args: P.args, **kwargs: P.kwargs) -> T:
            self._begin()
            future: Future[T] = Future()
            self._calls.put(partial(_finish, future, partial(act, *args, **kwargs)))
            return future.result()

        return run

    def _begin(self) -> None:
        with self._beginning:
            while self._begun < self.count:
                self._begun += 1
                threading.Thread(target=self._work, daemon=True, name=f"{self.name}-{self._begun}").start()

    def _work(self) -> None:
        while True:
            self._calls.get()()


def _finish(future: Future[T], act: Callable[[], T]) -> None:
    """Run `act` and give `future` its result. In a function of its own, so that nothing of the last call is held while
    the thread waits for the next."""
    try:
        result = act()
    except BaseException as error:  # the caller's to judge; the thread goes on
        future.set_exception(error)
    else:
        future.set_result(result)
