"""Message after message, each handed over while we wait."""

import time
from collections import deque
from collections.abc import Callable, Iterable

from . import Failed, Outcome, Unavailable
from .message import OutgoingMessage
from .pool import OnEnd


class OneByOne:
    """A transport for what hands over while we wait: the outbox, and Django's mail backends."""

    room = 20

    def __init__(self, hand_over: Callable[[OutgoingMessage], Outcome]):
        self.hand_over = hand_over
        self.waiting: deque[tuple[OutgoingMessage, Callable[[int], None], OnEnd]] = deque()

    @property
    def is_idle(self) -> bool:
        return not self.waiting

    def has_all(self) -> bool:
        return False

    def take(self, messages: Iterable[OutgoingMessage], on_begin: Callable[[int], None], on_end: OnEnd) -> None:
        self.waiting.extend((message, on_begin, on_end) for message in messages)

    def outcomes(self, wait: float) -> list[Outcome]:
        """Hand over as many as there is time for and return their outcomes: each look costs the run a transaction and a
        moment's rest."""
        if not self.waiting:
            time.sleep(wait)
            return []
        until, known = time.monotonic() + wait, [self._next()]
        while self.waiting and time.monotonic() < until:
            try:
                known.append(self._next())
            except Unavailable:  # and so it is at the next look, when nothing is left to be told
                break
        return known

    def _next(self) -> Outcome:
        message, on_begin, on_end = self.waiting.popleft()
        on_begin(message.delivery_id)
        try:
            outcome = self.hand_over(message)
        except Unavailable:
            self.waiting.appendleft((message, on_begin, on_end))
            raise
        except Exception as error:  # what a backend raises is taken as temporary
            outcome = Failed(message.delivery_id, repr(error))
        on_end(outcome)
        return outcome

    def withdraw(self) -> list[int]:
        back = [message.delivery_id for message, *_ in self.waiting]
        self.waiting.clear()
        return back

    def cancel_unsent(self) -> None:
        pass  # nothing is in flight between two calls

    def detach(self) -> None:
        pass

    def close(self) -> None:
        pass
