"""A relay on loopback between the program and a server, whose faults are switched on and off while it runs."""

import asyncio
import contextlib
import socket
import struct
import threading

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Proxy:
    """Passes bytes between its own port and `target` on 127.0.0.1 until told otherwise; a context manager.

    `black_hole()`: connections are accepted, what is sent is swallowed, nothing is answered, on old and new ones. One
    that lost a byte stays dead also after `heal()`, as behind a middlebox that forgot it.
    `reset()`: cuts every connection with RST and each new one too. `delay(seconds)`: holds each chunk back that long.
    `heal()`: passes again.
    """

    def __init__(self, target: int):
        self.target = target
        self.port = 0
        self.is_swallowing = self.is_resetting = False
        self.seconds = 0.0
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy")

    def __enter__(self):
        self._thread.start()
        self._server = self._run(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_):
        self._run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def black_hole(self) -> None:
        self.is_swallowing = True

    def reset(self) -> None:
        self.is_resetting = True
        self._run(self._cut_all())

    def delay(self, seconds: float) -> None:
        self.seconds = seconds

    def heal(self) -> None:
        self.is_swallowing = self.is_resetting = False
        self.seconds = 0.0

    def _run(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(10)

    async def _end(self) -> None:
        self._server.close()
        await self._cut_all()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0.05)  # transports close in a later turn of the loop

    async def _cut_all(self) -> None:
        for writer in list(self._writers):
            _cut(writer)

    async def _serve(self, reader, writer) -> None:
        if self.is_resetting:
            return _cut(writer)
        with contextlib.suppress(OSError), self._held(writer):
            if self.is_swallowing:
                await self._swallow(reader)
            else:
                await self._relay(reader, writer)

    async def _swallow(self, reader) -> None:
        while await reader.read(65536):
            pass

    async def _relay(self, reader, writer) -> None:
        """Until one of the two hangs up."""
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        with self._held(far_writer):
            pumps = {
                asyncio.create_task(self._pump(reader, far_writer)),
                asyncio.create_task(self._pump(far_reader, writer)),
            }
            try:
                await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for pump in pumps:
                    pump.cancel()
                await asyncio.gather(*pumps, return_exceptions=True)

    async def _pump(self, reader, writer) -> None:
        is_dead = False
        while chunk := await reader.read(65536):
            is_dead |= self.is_swallowing
            if not is_dead:
                await asyncio.sleep(self.seconds)
                writer.write(chunk)
                await writer.drain()

    @contextlib.contextmanager
    def _held(self, writer):
        self._writers.add(writer)
        try:
            yield
        finally:
            self._writers.discard(writer)
            writer.close()


def _cut(writer) -> None:
    """Close with RST instead of FIN."""
    if (plug := writer.get_extra_info("socket")) is not None:
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    writer.transport.abort()
