"""Many readers at once over connections that stay open, each request and its answer noted."""

import asyncio
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

BODILESS = {204, 304}


class Request(NamedTuple):
    path: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def encode(self, host: str) -> bytes:
        headers = self.headers
        if not any(name.lower() == "host" for name, _ in headers):
            headers = (("Host", host), *headers)
        if self.body:
            headers = (*headers, ("Content-Length", str(len(self.body))))
        lines = [f"{self.method} {self.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers), "", ""]
        return "\r\n".join(lines).encode("latin-1") + self.body


class Reply(NamedTuple):
    """`status` is 0 where the connection failed, and `body` then says how."""

    reader: int
    request: Request
    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes
    began_at: float  # seconds, monotonic
    seconds: float


class Crowd:
    """Readers in a thread of their own, as a context manager: they read from entry to exit.

    `requests(number)` is the endless row of requests of reader `number`; each takes `pause` seconds between two.
    """

    def __init__(self, port: int, requests: Callable[[int], Iterator[Request]], *, readers=32, pause=0.02, patience=30):
        self.port, self.requests, self.readers = port, requests, readers
        self.pause, self.patience = pause, patience
        self.replies: list[Reply] = []
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._all()), name="crowd")

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._is_over.set()
        self._thread.join()

    def wait(self) -> None:
        """Until each reader has come to the end of its row, where that has one."""
        self._thread.join()

    def latest(self) -> list[Reply]:
        """The newest reply of each reader that has one."""
        return list({reply.reader: reply for reply in list(self.replies)}.values())

    def percentile(self, share: float, since: float = 0.0) -> float:
        """Seconds within which `share` of the requests after `since` were answered."""
        taken = sorted(reply.seconds for reply in self.replies if reply.began_at >= since)
        return taken[min(int(len(taken) * share), len(taken) - 1)] if taken else 0.0

    async def _all(self) -> None:
        await asyncio.gather(*(self._reader(number) for number in range(self.readers)))

    async def _reader(self, number: int) -> None:
        streams = None
        for request in self.requests(number):
            if self._is_over.is_set():
                break
            began = time.monotonic()
            try:
                streams = streams or await asyncio.open_connection("127.0.0.1", self.port, limit=2**20)
                status, headers, body = await asyncio.wait_for(self._ask(request, *streams), self.patience)
            except (TimeoutError, OSError, asyncio.IncompleteReadError) as error:
                status, headers, body = 0, {}, repr(error).encode()
            self.replies.append(Reply(number, request, status, headers, body, began, time.monotonic() - began))
            if streams and (not status or headers.get("connection") == "close"):
                streams[1].close()
                streams = None
            await asyncio.sleep(self.pause)
        if streams:
            streams[1].close()

    async def _ask(self, request, reader, writer) -> tuple[int, dict[str, str], bytes]:
        writer.write(request.encode(f"127.0.0.1:{self.port}"))
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        status = int(first.split()[1])
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines) if name}
        if request.method == "HEAD" or status in BODILESS:
            return status, headers, b""
        if headers.get("transfer-encoding") == "chunked":
            return status, headers, b"".join([chunk async for chunk in _chunks(reader)])
        return status, headers, await reader.readexactly(int(headers.get("content-length", 0)))


async def _chunks(reader):
    while size := int(await reader.readline(), 16):
        yield await reader.readexactly(size)
        await reader.readline()
    await reader.readline()


def in_turn(paths) -> Callable[[int], Iterator[Request]]:
    """Each reader reads all of `paths` again and again, each beginning with another."""
    paths = list(paths)
    return lambda number: (Request(path) for path in itertools.islice(itertools.cycle(paths), number, None))


def at_once(port: int, requests: list[Request]) -> list[Reply]:
    """Each request over a connection of its own, all at the same time; meets every worker of a server."""
    crowd = Crowd(port, lambda number: iter(requests[number : number + 1]), readers=len(requests), pause=0)
    with crowd:
        crowd.wait()
    return crowd.replies
