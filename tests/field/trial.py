"""One announcement to all readers through one server, and what became of it."""

import time
from collections import Counter
from contextlib import suppress
from typing import NamedTuple, Protocol

from tests.bench import readers
from tests.bench.program import Program, until

CARRY_SECONDS = 120
ARRIVE_SECONDS = 60  # after the last was taken


class Server(Protocol):
    channel: str
    environment: dict[str, str]

    def arrived(self) -> list[str]: ...


class Result(NamedTuple):
    """`seconds`: from the publish until the last was taken; None when not all were. The rest is a number of readers.

    `lost`: taken, or given up, and not come out behind the server. `waiting`: not lost, but not taken within
    CARRY_SECONDS. `charged`: more than one attempt counted.
    """

    readers: int
    seconds: float | None
    lost: int
    doubled: int
    waiting: int
    charged: int
    suppressed: int

    @property
    def once(self) -> int:
        return self.readers - self.lost - self.waiting - self.doubled

    @property
    def is_good(self) -> bool:
        """What is late or charged may be so because the machine is busy: that is shown, and judged by nobody."""
        return not (self.lost or self.doubled or self.suppressed)


def carry(program: Program, server: Server, number: int) -> Result:
    """Readers are written anew, workers started anew: nothing is known of an earlier server."""
    readers.only(number, server.channel)
    program.worker(**server.environment)
    program.stack.beat()  # who else tries again after a rest
    seconds = None
    with suppress(RuntimeError):  # counted below
        seconds = program.publish_and_wait(CARRY_SECONDS).seconds
    with suppress(RuntimeError):
        until(lambda: len(set(server.arrived())) >= number, ARRIVE_SECONDS)
    time.sleep(1)  # for a second copy
    program.stop_workers()
    return count(number, seconds, Counter(server.arrived()))


def count(number: int, seconds: float | None, arrived: Counter) -> Result:
    from subscribers.models import Delivery, Suppression

    waiting = Delivery.objects.waiting().count()
    return Result(
        readers=number,
        seconds=seconds,
        lost=max(number - len(arrived) - waiting, 0),
        doubled=sum(times > 1 for times in arrived.values()),
        waiting=waiting,
        charged=Delivery.objects.filter(attempts__gt=1).count(),
        suppressed=Suppression.objects.count(),
    )
