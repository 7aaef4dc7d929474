"""The pool that has many messages on their way at once, in an event loop of a thread that never sees the database."""

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from . import Failed, Outcome, Unavailable
from .loop import Loop
from .message import OutgoingMessage
from .rate import Rate

_log = logging.getLogger(__name__)
_loop = Loop()
SILENT_SECONDS = 5.0  # without an answer, which then counts as an attempt
OUT_OF_TIME = "The provider did not answer as long as the worker could wait for it."
AHEAD_SECONDS = 0.2  # what is carried in this time may wait inside: longer than whoever feeds it is away for a claim
Item = tuple[OutgoingMessage, Callable[[int], None]]
Work = asyncio.Task[None]
OnEnd = Callable[[Outcome], None]


class TransportPool:
    """A transport of at most `limit()` workers, each of which runs `work(self)`: pop, hand over, report, until `pop`
    has nothing more. A worker that raises Unavailable ends it for all, for now. Any other exception ends that
    worker alone: what it had popped is reported as unknown. `ended()` lets go of idle connections.

    A worker that asks long before it hands over says so: `may_be_cancelled`, and `is_handed_over` when it is. It has to
    expect a CancelledError in between, and to hold nothing any more of what was called off."""

    def __init__(
        self,
        work: Callable[["TransportPool"], Coroutine[Any, Any, None]],
        limit: Callable[[], int],
        ended: Callable[[], Coroutine[Any, Any, None]],
        has_all: Callable[[], bool] = lambda: False,
    ):
        self.work, self.limit, self.ended, self.has_all = work, limit, ended, has_all
        self.waiting: deque[Item] = deque()
        self.workers: set[Work] = set()
        self._leaving: set[Work] = set()  # of the workers: those above the limit
        self._held: dict[int, Work | None] = {}  # popped, and neither put back nor reported: by whom
        self._detached: set[int] = set()  # of those that are held
        self._revocable: dict[int, tuple[Item, float]] = {}  # of those that are held: not handed over yet, since when
        self._answered_at = float("-inf")
        self._waited: set[int] = set()  # long, when all was called off the last time
        self.is_cancelled = False  # until more is taken
        self._known: deque[Outcome] = deque()
        self._on_end: dict[int, OnEnd] = {}
        self._inside = 0  # taken, and neither reported, withdrawn nor detached
        self._trouble: Unavailable | None = None
        self._news = threading.Event()
        self._rate = Rate()

    # --- From the thread that speaks to the database ----------------------------------------------------

    @property
    def room(self) -> int:
        """A place for each worker, and what they carry until we come back."""
        return max(self.limit() + int(self._rate.each_second * AHEAD_SECONDS) - len(self.waiting), 0)

    @property
    def is_idle(self) -> bool:
        return self._inside == 0 and not self._known

    def take(self, messages: Iterable[OutgoingMessage], on_begin: Callable[[int], None], on_end: OnEnd) -> None:
        added = [(message, on_begin) for message in messages]
        if not self._inside:
            self._trouble = None  # of what was withdrawn before anybody heard of it
            self._rate.begin()
        self._on_end.update((message.delivery_id, on_end) for message, _ in added)
        self._inside += len(added)
        self.waiting.extend(added)
        if added:
            _loop.call(self._go_on)

    def outcomes(self, wait: float) -> list[Outcome]:
        self._news.wait(wait)
        self._news.clear()
        known = [self._known.popleft() for _ in range(len(self._known))]
        self._inside -= len(known)
        self._rate.count(len(known), is_busy=bool(self.waiting))
        if not known and self._trouble and self._inside == len(self.waiting):
            trouble, self._trouble = self._trouble, None
            raise trouble
        return known

    def withdraw(self) -> list[int]:
        back = []
        while self.waiting:
            try:
                back.append(self.waiting.popleft()[0].delivery_id)
            except IndexError:  # a worker was faster
                break
        self._inside -= len(back)
        for delivery_id in back:
            self._on_end.pop(delivery_id, None)
        return back

    def cancel_unsent(self) -> None:
        if self._inside:
            _loop.run(self._cancel_unsent)

    def detach(self) -> None:
        if self._inside:
            _loop.run(self._detach)

    def close(self) -> None:
        _loop.run(self.ended)

    # --- In the loop ------------------------------------------------------------------------------------

    @property
    def has_waiting(self) -> bool:
        """Whether something waits that may be popped: who has nothing to hand over with gets it, and then pops."""
        return bool(self.waiting) and not (self._trouble or self.is_cancelled)

    def pop(self) -> Item | None:
        """The next message, if there is any and the provider still takes some."""
        worker = asyncio.current_task()
        if self._trouble or self.is_cancelled or self._is_surplus(worker):
            return None
        try:
            item = self.waiting.popleft()
        except IndexError:
            return None
        self._held[item[0].delivery_id] = worker
        return item

    def put_back(self, item: Item) -> None:
        """Put back what was popped and not begun, for another worker."""
        pk = item[0].delivery_id
        if pk in self._detached:  # nobody would withdraw it
            return self.report(Failed(pk, OUT_OF_TIME))
        self._held.pop(pk, None)
        self._revocable.pop(pk, None)
        self.waiting.appendleft(item)

    def may_be_cancelled(self, item: Item) -> None:
        """Mark what this worker popped as safe to call off: nobody can have got it yet."""
        self._revocable[item[0].delivery_id] = item, time.monotonic()

    def is_handed_over(self, item: Item) -> None:
        """Mark `item` as handed over: from now on somebody may have got it."""
        self._revocable.pop(item[0].delivery_id, None)

    def reassign(self, item: Item) -> None:
        """Give `item` to another worker: this one has waited too long before it could hand it over, and is ended as if
        that one alone were called off."""
        if self._revocable.get(item[0].delivery_id, (None,))[0] is item:
            worker = self._held[item[0].delivery_id]
            self.put_back(item)
            if worker:
                worker.cancel()
            self._spawn()

    def report(self, outcome: Outcome) -> None:
        """Report the outcome of a message. To be called once for each message popped, in the loop."""
        pk = outcome.delivery_id
        self._held.pop(pk, None)
        self._revocable.pop(pk, None)
        self._answered_at = time.monotonic()
        on_end = self._on_end.pop(pk, None)
        try:
            if on_end:  # none: two copies were inside, as nobody waited any more for the first
                on_end(outcome)
        finally:
            if pk in self._detached:
                self._detached.discard(pk)
            else:
                self._known.append(outcome)
                if not self._news.is_set():
                    self._news.set()

    def _is_surplus(self, worker: Work | None) -> bool:
        """Whether it has to leave, as the limit is lower than it was."""
        if worker and len(self.workers) - len(self._leaving) > self.limit():
            self._leaving.add(worker)
        return worker in self._leaving

    def _go_on(self) -> None:
        self.is_cancelled = False
        self._spawn()

    def _cancel_unsent(self) -> None:
        if self.is_cancelled:
            return
        self.is_cancelled = True
        waited = {pk for pk, (_, since) in self._revocable.items() if time.monotonic() - since > SILENT_SECONDS}
        workers = {worker for pk in self._revocable if (worker := self._held[pk])}
        for item, since in reversed(list(self._revocable.values())):
            if self._is_to_blame(item[0].delivery_id, since):
                self.report(Failed(item[0].delivery_id, OUT_OF_TIME))
            else:
                self.put_back(item)
        self._waited = waited
        for worker in workers:
            worker.cancel()
        self._news.set()

    def _is_to_blame(self, pk: int, since: float) -> bool:
        """Whoever makes a provider silent must not be tried again and again, for ever. Not who waits for the answer to
        another, and not at once where the provider says nothing to anybody."""
        now, worker = time.monotonic(), self._held[pk]
        is_alone = sum(holder is worker for holder in self._held.values()) == 1
        is_silent = now - self._answered_at > SILENT_SECONDS / 2
        return now - since > SILENT_SECONDS and is_alone and (not is_silent or pk in self._waited)

    def _detach(self) -> None:
        self._inside -= len(self._held.keys() - self._detached)
        self._detached.update(self._held)
        while self.waiting:  # put back since the last look, perhaps by a worker that could not connect
            pk = self.waiting.popleft()[0].delivery_id
            self._inside -= 1
            self._detached.add(pk)
            self.report(Failed(pk, OUT_OF_TIME))

    def _spawn(self) -> None:
        at_work = len(self.workers) - len(self._leaving)
        missing = min(self.limit() - at_work, len(self.waiting))
        for _ in range(0 if self._trouble or self.is_cancelled else missing):
            worker = asyncio.get_running_loop().create_task(self.work(self))
            self.workers.add(worker)
            worker.add_done_callback(self._ended)

    def _ended(self, worker: Work) -> None:
        error = None if worker.cancelled() else worker.exception()
        if isinstance(error, Unavailable):
            self._trouble = self._trouble or error
        elif error:
            self._died(worker, error)
        goes_on = not self._trouble
        self._leaving.discard(worker)
        self.workers.discard(worker)  # last: when there are none, the trouble is told
        if self.waiting and goes_on:
            self._spawn()
        self._news.set()

    def _died(self, worker: Work, error: BaseException) -> None:
        """Report what a worker held as unknown after a fault in our own program, so that nobody waits for it."""
        _log.error("A transport's worker died", exc_info=error)
        for delivery_id in [pk for pk, holder in self._held.items() if holder is worker]:
            try:
                self.report(Failed(delivery_id, f"A fault in the program: {error!r}", unknown=True))
            except Exception:
                _log.exception("Nobody took the outcome of delivery %s", delivery_id)
