"""The speed of one worker process: messages a second, at once to one domain, and which domains rest.

A domain that says "too many" again and again rests; its rows wait without burning attempts. Other refusals do not
count: whoever greylists wants to see every address once, soon.
"""

import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from itertools import islice

from ..channels import Outcome, Sent, registry
from ..enums import Channel
from .rows import ClaimedDelivery

PUT_OFF = 5  # in a row, after which a domain rests
_TOO_MANY = re.compile(r"421 |4\.7\.28|too many|rate.?limit|throttl", re.IGNORECASE)
REST = timedelta(minutes=2)
MOST_DOMAINS = 1_000  # that put something off lately, of which the count is kept


class Throttle:
    """The throttle of one channel. `rate`: messages a second, 0 for any; `per_domain`: in flight to one domain, 0 for
    any."""

    def __init__(self, rate: float, per_domain: int, clock: Callable[[], float] = time.monotonic):
        self.rate, self.per_domain, self.clock = rate, per_domain, clock
        self._tokens, self._filled_at = 1.0, clock()
        self._in_flight: Counter[str] = Counter()
        self._lock = threading.Lock()  # late outcomes come in another thread
        self._put_off: Counter[str] = Counter()
        self._rests_until: dict[str, float] = {}

    def sort(
        self, rows: Iterable[ClaimedDelivery], room: int
    ) -> tuple[list[ClaimedDelivery], list[ClaimedDelivery], list[ClaimedDelivery]]:
        """Which of these go now, `room` of them at most, which wait for their turn, which rest with their domain."""
        room = min(room, self._allowance())
        rows = iter(rows)
        go, wait, rest = self._by_domain(rows, room) if self._minds_domains else ([*islice(rows, room)], [], [])
        wait.extend(rows)  # a thousand, many times a second: none of them is looked at for nothing
        self._tokens -= len(go)
        return go, wait, rest

    @property
    def _minds_domains(self) -> bool:
        return bool(self.per_domain or self._rests_until)

    def _by_domain(
        self, rows: Iterator[ClaimedDelivery], room: int
    ) -> tuple[list[ClaimedDelivery], list[ClaimedDelivery], list[ClaimedDelivery]]:
        """The same of the first of these, until `room` of them go."""
        go: list[ClaimedDelivery] = []
        wait: list[ClaimedDelivery] = []
        rest: list[ClaimedDelivery] = []
        while len(go) < room and (row := next(rows, None)):
            domain = _domain(row)
            if self._rests_until.get(domain, 0) > self.clock():
                rest.append(row)
            elif self.per_domain and self._in_flight[domain] >= self.per_domain:
                wait.append(row)
            else:
                self._left(domain)
                go.append(row)
        return go, wait, rest

    def back(self, row: ClaimedDelivery) -> None:
        """It was withdrawn before it began."""
        self._landed(row)
        self._tokens += 1

    def ended(self, row: ClaimedDelivery, outcome: Outcome) -> None:
        self._landed(row)
        if isinstance(outcome, Sent):
            if self._put_off:
                self._put_off.pop(_domain(row), None)
        elif (domain := _domain(row)) and not outcome.permanent and _TOO_MANY.search(outcome.reason):
            self._put_off[domain] += 1
            if self._put_off[domain] >= PUT_OFF:
                del self._put_off[domain]
                self._let_rest(domain)
            elif len(self._put_off) > MOST_DOMAINS:
                del self._put_off[next(iter(self._put_off))]

    def _left(self, domain: str) -> None:
        if self.per_domain:
            with self._lock:
                self._in_flight[domain] += 1

    def _landed(self, row: ClaimedDelivery) -> None:
        """One less. What is at nothing is forgotten, or a year's domains would stay."""
        if not self.per_domain:  # nobody asks how many there are
            return
        domain = _domain(row)
        with self._lock:
            self._in_flight[domain] -= 1
            if self._in_flight[domain] <= 0:
                del self._in_flight[domain]

    def _let_rest(self, domain: str) -> None:
        now = self.clock()
        self._rests_until = {name: until for name, until in self._rests_until.items() if until > now}
        self._rests_until[domain] = now + REST.total_seconds()

    def _allowance(self) -> int:
        """How many the rate allows now; a second's worth at most is saved up."""
        if not self.rate:
            self._tokens = 1_000_000
        else:
            now = self.clock()
            self._tokens = min(self._tokens + (now - self._filled_at) * self.rate, max(self.rate, 1))
            self._filled_at = now
        return int(self._tokens)


_throttles: dict[Channel, Throttle] = {}  # of this process: a domain rests longer than a run


def of(channel: Channel) -> Throttle:
    """The throttle of a channel in this process, as the settings limit it."""
    if channel not in _throttles:
        definition = registry.of(channel)
        _throttles[channel] = Throttle(definition.rate, definition.per_domain)
    return _throttles[channel]


forget = _throttles.clear  # begin anew, with the settings of now


def _domain(row: ClaimedDelivery) -> str:
    """Return the domain of an e-mail address; empty for a phone number, which has none."""
    return row.recipient.address.rpartition("@")[2] if "@" in row.recipient.address else ""
