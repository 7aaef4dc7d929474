"""Some announcements to all readers through one server, and what became of them."""

import os
import statistics
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import NamedTuple, Protocol

from tests.bench import readers
from tests.bench.program import Program, Run, until

NOTICES = 4  # one after the other: the first finds out what the server cannot do, the others know
CARRY_SECONDS = 120
LOOK_SECONDS = 0.005
ARRIVE_SECONDS = 60  # after the last was taken
QUIET_SECONDS = 1


class Server(Protocol):
    channel: str
    copies: int
    environment: dict[str, str]

    def arrived(self) -> list[str]: ...


class Result(NamedTuple):
    """Of NOTICES to `readers` each; but for the seconds, numbers of messages.

    `seconds`: from the first publish until the last reader was taken; None when not all were. `handed`: of each notice,
    from the first claim until the last reader was written down as taken: smtp-source's whole run is compared with it.

    `lost`: taken, or given up, and not come out behind the server. `waiting`: not lost, but not taken within
    CARRY_SECONDS. `charged`: more than one attempt counted.
    """

    readers: int
    seconds: float | None
    handed: list[float]
    lost: int
    doubled: int
    waiting: int
    charged: int
    suppressed: int

    @property
    def first_and_others(self) -> list[float]:
        """`handed` of the first notice, and the median of the others, as far as there were any."""
        first, *others = self.handed or [None]
        return [one for one in (first, statistics.median(others) if others else None) if one is not None]

    @property
    def once(self) -> int:
        return self.readers * NOTICES - self.lost - self.waiting - self.doubled

    @property
    def is_good(self) -> bool:
        """What is late or charged may be so because the machine is busy: that is shown, and judged by nobody."""
        return not (self.lost or self.doubled or self.suppressed)


def carry(program: Program, server: Server, number: int) -> Result:
    """Readers are written anew, workers started anew: with the first notice nothing is known of an earlier server."""
    readers.only(number, server.channel)
    program.worker(**server.environment)
    program.stack.beat()  # who else tries again after a rest
    seconds, handed = None, []
    with suppress(RuntimeError):  # counted below
        for _ in range(NOTICES):
            claim = _FirstClaim(program.directory)
            run = program.publish_and_wait(CARRY_SECONDS)
            handed.append(_last_at(run) - claim.at())
            seconds = seconds or run.seconds
    with suppress(RuntimeError):
        until(lambda: len(set(ours(server))) * server.copies >= number * NOTICES, ARRIVE_SECONDS)
    time.sleep(1)  # for a second copy
    program.stop_workers()
    return count(number, seconds, handed, Counter(ours(server)), server.copies)


def let_out(server: Server) -> None:
    """Wait until nothing comes out behind the server any more."""
    seen, until_at = -1, time.monotonic() + ARRIVE_SECONDS
    while (now := len(server.arrived())) > seen and time.monotonic() < until_at:
        seen = now
        time.sleep(QUIET_SECONDS)


def ours(server: Server) -> list[str]:
    """What arrived of our announcements: smtp-source's mails may still come out behind the server."""
    from incidents.models import Announcement

    if server.channel != "email":
        return server.arrived()
    notices = tuple(f"<{public_id}." for public_id in Announcement.objects.values_list("public_id", flat=True))
    return [name for name in server.arrived() if name.startswith(notices)]


def reported(number: int) -> Counter:
    """How many messages are in which state, once all were reported as delivered, or nothing more comes."""
    from django.db.models import Count

    from subscribers.enums import DeliveryState
    from subscribers.models import Delivery

    delivered = Delivery.objects.filter(state=DeliveryState.DELIVERED)
    with suppress(RuntimeError):
        until(lambda: delivered.count() == number * NOTICES, ARRIVE_SECONDS)
    return Counter(dict(Delivery.objects.order_by().values_list("state").annotate(Count("pk"))))


class _FirstClaim(Thread):
    """When a worker first takes something: its journal appears before the claim is committed."""

    def __init__(self, directory: Path):
        super().__init__(daemon=True)
        self._journals, self._at, self._is_over = directory / "handoff", time.time(), False
        self.start()

    def run(self) -> None:
        while not self._is_over and not (self._journals.is_dir() and os.listdir(self._journals)):
            time.sleep(LOOK_SECONDS)
        self._at = time.time()

    def at(self) -> float:
        """Seconds since 1970; now, where nobody took anything."""
        self._is_over = True
        self.join()
        return self._at


def _last_at(run: Run) -> float:
    return run.announcement.deliveries.latest("sent_at").sent_at.timestamp()


def count(number: int, seconds: float | None, handed: list[float], arrived: Counter, copies: int) -> Result:
    from subscribers.models import Delivery, Suppression

    waiting = Delivery.objects.waiting().count()
    return Result(
        readers=number,
        seconds=seconds,
        handed=handed,
        lost=max(number * NOTICES - sum(min(times, copies) for times in arrived.values()) - waiting, 0),
        doubled=sum(times > copies for times in arrived.values()),
        waiting=waiting,
        charged=Delivery.objects.filter(attempts__gt=1).count(),
        suppressed=Suppression.objects.count(),
    )
