"""Budgets: how often something may happen, counted by a key such as a network.

A budget is a bucket that runs full with each time and drains steadily (GCRA): one number a key, no window whose edge
could be used twice. It is counted in this process and, while Redis answers, there for all processes together. Without
Redis each process counts by itself, so that the sum stays bounded by the number of processes.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings

from .spare_redis import SpareRedis

if TYPE_CHECKING:
    from redis import Redis

_MOST_KEYS = 50_000  # a process remembers; a flood from everywhere must not fill its memory
_LEFT_ALONE = 5.0  # seconds in which a Redis that failed is not asked again
# What is stored is the moment at which the bucket will be empty again, by the clock of Redis: nodes may disagree.
_SCRIPT = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local at_once, every = tonumber(ARGV[1]), tonumber(ARGV[2])
local empty_at = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now) + every
local wait = empty_at - now - at_once * every
if every > 0 and wait > 0.000001 then return tostring(wait) end
if empty_at <= now then redis.call('DEL', KEYS[1])
else redis.call('SET', KEYS[1], string.format('%.6f', empty_at), 'PX', math.ceil((empty_at - now) * 1000)) end
return '0'
"""


class Budget(NamedTuple):
    """`at_once` times in a row, then one more every `every` seconds."""

    name: str
    at_once: int
    every: float


class Memory:
    """The counts of this process. `clock`: seconds, never backwards."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, most_keys: int = _MOST_KEYS):
        self.clock = clock
        self.most_keys = most_keys
        self._empty_at: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, budget: Budget, key: str) -> float:
        """Seconds until `key` may take one more; 0 for at once. Takes nothing."""
        now = self.clock()
        return _excess(budget, self._empty_at.get((budget.name, key), now), now)

    def take(self, budget: Budget, key: str) -> float:
        """0 and one is taken; or the seconds until there is one, and nothing is."""
        with self._lock:
            if not (wait := self.wait(budget, key)):
                self._add(budget, key, budget.every)
        return wait

    def give_back(self, budget: Budget, key: str) -> None:
        """Undo one `take`."""
        with self._lock:
            self._add(budget, key, -budget.every)

    def hold(self, budget: Budget, key: str, wait: float) -> None:
        """Let `key` take nothing for `wait` seconds, in this process."""
        with self._lock:
            self._store(budget, key, self.clock() + wait + (budget.at_once - 1) * budget.every)

    def _add(self, budget: Budget, key: str, seconds: float) -> None:
        now = self.clock()
        self._store(budget, key, max(self._empty_at.get((budget.name, key), now), now) + seconds)

    def _store(self, budget: Budget, key: str, empty_at: float) -> None:
        self._empty_at.pop((budget.name, key), None)
        if empty_at > self.clock():
            self._empty_at[budget.name, key] = empty_at
        while len(self._empty_at) > self.most_keys:
            self._empty_at.popitem(last=False)


def _excess(budget: Budget, empty_at: float, now: float) -> float:
    """Return by how many seconds one more would be too many."""
    excess = max(empty_at, now) + budget.every - now - budget.at_once * budget.every
    return excess if excess > 1e-6 else 0.0


class Shared:
    """The counts of all processes, with what `wait`, `take` and `give_back` of Memory say.

    What this process knows to be used up is refused without asking: a flood costs Redis nothing.
    """

    def __init__(self, url: Callable[[], str], memory: Memory):
        self.memory = memory
        self.redis = SpareRedis(url, left_alone=_LEFT_ALONE, clock=memory.clock)

    def wait(self, budget: Budget, key: str) -> float:
        return self.memory.wait(budget, key)

    def hold(self, budget: Budget, key: str, wait: float) -> None:
        self.memory.hold(budget, key, wait)

    def take(self, budget: Budget, key: str) -> float:
        if wait := self.memory.take(budget, key):
            return wait
        if wait := self._ask(budget, key, budget.every):
            self.memory.hold(budget, key, wait)
        return wait

    def give_back(self, budget: Budget, key: str) -> None:
        self.memory.give_back(budget, key)
        self._ask(budget, key, -budget.every)

    def _ask(self, budget: Budget, key: str, seconds: float) -> float:
        """Return what Redis says to `seconds` more; 0 while it says nothing."""

        def run(client: "Redis") -> float:
            named, arguments = [f"statuspage:{budget.name}:{key}"], [budget.at_once, seconds]
            return float(client.register_script(_SCRIPT)(keys=named, args=arguments))

        return self.redis.ask(run, otherwise=0.0)


counts: Memory | Shared = Shared(lambda: settings.REDIS_URL, Memory())
