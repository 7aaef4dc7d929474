"""Two ways in which others send the same mails: through Celery, Redis and two worker processes too.

Neither keeps a ledger: nothing of theirs outlives a kill. Timed from the first task put into the queue until their
workers count the last mail as taken by the relay.
"""

import sys
import time
from collections.abc import Callable, Iterable

import redis

from tests.bench.program import Program
from tests.processes import Process

CHUNK = 500
CHUNKED, SINGLE = 4_000, 500  # readers at most: with more they would only take longer
SECONDS = 300.0


class Peers:
    """A context manager: their worker. `rates` are found on the subscribers that the program has."""

    def __init__(self, program: Program):
        from incidents.models import Announcement
        from subscribers.models import Subscriber
        from tests.bench import peer_worker

        self.tasks = peer_worker
        self.tasks.app.conf.broker_url = program.stack.redis.url
        self.redis = redis.Redis.from_url(program.stack.redis.url)
        self.announcement = Announcement.objects.latest("pk").pk
        self.readers = list(Subscriber.objects.order_by("pk").values_list("pk", flat=True)[:CHUNKED])
        command = [sys.executable, "-m", "celery", "-A", peer_worker.__name__, "worker", "--concurrency=2"]
        command += ["--loglevel=INFO", f"--queues={peer_worker.QUEUE}"]
        self.process = Process("peers", command, " ready.", program.stack.environment(), program.directory)

    def __enter__(self):
        self.process.start()
        return self

    def __exit__(self, *_):
        self.process.stop()

    @property
    def rates(self) -> dict[str, Callable[[], float]]:
        """By the name of the way, what measures it: mails a second."""
        chunked, single = self.readers, self.readers[:SINGLE]
        return {
            f"send_messages by {CHUNK}, {len(chunked):,} readers": lambda: self._rate(chunked, self._in_chunks),
            f"a task and send() each, {len(single):,} readers": lambda: self._rate(single, self._one_by_one),
        }

    def _rate(self, readers: list[int], send: Callable[[Iterable[int]], None]) -> float:
        self.redis.set(self.tasks.COUNTER, 0)
        began = time.perf_counter()
        send(readers)
        while int(self.redis.get(self.tasks.COUNTER)) < len(readers):
            if time.perf_counter() - began > SECONDS:
                raise RuntimeError(
                    f"a peer needs more than {SECONDS:.0f} s; its log ends:\n{self.process.log()[-2000:]}"
                )
            time.sleep(0.02)
        return len(readers) / (time.perf_counter() - began)

    def _in_chunks(self, readers: list[int]) -> None:
        for first in range(0, len(readers), CHUNK):
            self.tasks.in_one.delay(self.announcement, readers[first : first + CHUNK])

    def _one_by_one(self, readers: list[int]) -> None:
        for reader in readers:
            self.tasks.of_one.delay(self.announcement, reader)
