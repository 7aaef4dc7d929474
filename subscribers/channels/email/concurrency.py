"""The number of connections that a relay is fast with, found by watching it.

A relay across a network needs many, to hide the round trips. A relay that syncs each mail to its own disk is fastest
with about twenty and slower with fifty. So: twice as many while that brings more, then some more now and then, fewer
when it does not, and fewer at once when the relay says that it is too much. Never more where those that stand are idle.
"""

import time
from collections.abc import Callable

FIRST = 8
WINDOW = 0.25  # seconds watched before each change
GAP = 0.1  # seconds without any answer: there was nothing to carry, which says nothing about the relay
DOUBLE, MORE = 2.0, 1.5  # times as many connections: in the first run, and later
WORTH = 0.5  # of what so many more could bring, below which it was not worth it: many cost a relay more
USED = 0.5  # of their time that connections wait for the relay, below which it is we who keep it waiting
REST = 20.0  # seconds with what was found best, before the next try
FEW, GOODBYES = 2, 10  # so many goodbyes, or one to so many messages, are how a relay tidies up, and no complaint
AFTER_REFUSAL = 30.0  # seconds without a try after the relay refused


class AdaptiveLimit:
    """`allowed` connections of this process, `most` at most. Called from the loop's thread alone."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic):
        self.most, self.clock = most, clock
        self.allowed = min(FIRST, most)
        self.more = DOUBLE
        self.best = 0.0  # messages a second, before the last raise
        self.before = self.allowed  # what was allowed then
        self.is_doubtful = False  # whether the last window said that the raise was not worth it
        self.done = self.done_before = 0  # in this window and the one before
        self.waited = 0.0  # seconds of all connections, in this window
        self.goodbyes = 0  # in this window
        self.since = self.answered_at = clock()
        self.rests_until = 0.0
        self.halved_at = float("-inf")

    def took(self, seconds: float, waited: float) -> None:
        """One message was answered after so many seconds. `waited`: those that its connection waited for the relay
        since the message before, with its envelope."""
        now = self.clock()
        if now - self.answered_at > max(GAP, 4 * seconds):
            self.done, self.waited, self.since = 0, 0.0, now - seconds
            self.more = MORE if self.best else self.more  # what was found before a pause says less of after it
        self.done += 1
        self.waited += waited
        self.answered_at = now
        if now - self.since > max(WINDOW, 4 * seconds):
            self._weigh(self.done / (now - self.since), self.waited / (now - self.since), now)

    def refused(self, standing: int | None = None) -> None:
        """The relay wants fewer connections: `standing`, where it goes on with so many; else half, if it says goodbye
        often. What many connections are told in the same moment counts once."""
        if standing is None:
            self.goodbyes += 1
            if not self._means_it() or self.clock() < self.halved_at + WINDOW:
                return
            self.halved_at = self.clock()
        fewer = self.allowed // 2 if standing is None else min(standing, self.allowed)
        self._settle(max(fewer, 1), AFTER_REFUSAL)

    def _means_it(self) -> bool:
        taken = self.done + self.done_before
        return not taken or self.goodbyes > max(taken / GOODBYES, FEW)

    def deferred(self) -> None:
        """Note that the relay put one message off, which may be about that message or about us: no more than now, for a
        while."""
        self.rests_until = max(self.rests_until, self.clock() + REST)

    def _weigh(self, rate: float, used: float, now: float) -> None:
        """`used`: how many connections waited for the relay, on average."""
        self._watch(now)
        if now < self.rests_until or used < self.allowed * USED:
            return
        if rate < self.best * (1 + (self.allowed / self.before - 1) * WORTH):
            if self.is_doubtful:
                self._settle(self.before, REST)
            else:
                self.is_doubtful = True  # one window may be bad luck
            return
        self.is_doubtful = False
        self.best, self.before = rate, self.allowed
        self.allowed = min(round(self.allowed * self.more), self.most)
        if self.allowed == self.before:  # there is no raise to be weighed any more
            self.best = 0.0

    def _settle(self, allowed: int, seconds: float) -> None:
        self.allowed, self.best, self.is_doubtful, self.more = allowed, 0.0, False, MORE
        now = self.clock()
        self.rests_until = now + seconds
        self.done, self.waited, self.since = 0, 0.0, now

    def _watch(self, now: float) -> None:
        self.done_before, self.done, self.waited, self.goodbyes, self.since = self.done, 0, 0.0, 0, now
