"""One SMTP connection in an event loop. Where the relay offers PIPELINING (RFC 2920), a message's text and the next
message's envelope travel together: one round trip a message."""

import asyncio
import base64
import socket
import time
from collections import deque
from collections.abc import Callable
from typing import cast

from django.core.mail.backends.smtp import EmailBackend

from statuspage.lib import hosts

from .smtp_replies import Lost, Reply

COMMAND_SECONDS = 20.0
OPENING_SECONDS = 40.0  # from nothing to logged in
SILENCE_SECONDS = 2.0  # after which somebody may want to do something else meanwhile
REST_SECONDS = 0.5  # the same after a part of the replies
TICK_SECONDS = 0.25
NEXT_ADDRESS_SECONDS = 0.25
_QUICK_ACK = getattr(socket, "TCP_QUICKACK", None)  # Linux alone has it
_LONGEST_REPLY = 65_536
_MOST_REPLIES = 100


class _Clock:
    """The connections that wait for a reply, looked through now and then: a timer for each would cost more than the
    questions."""

    def __init__(self) -> None:
        self.asking: set[Connection] = set()
        self._is_ticking = False

    def add(self, connection: "Connection") -> None:
        self.asking.add(connection)
        if not self._is_ticking:
            self._tick()

    def _tick(self) -> None:
        now = time.monotonic()
        for connection in list(self.asking):
            connection.look(now)
        if self.asking:
            asyncio.get_running_loop().call_later(TICK_SECONDS, self._tick)
        self._is_ticking = bool(self.asking)


_clock = _Clock()


class Connection(asyncio.Protocol):
    """Opened by `open`. After a Lost nothing can be asked of it any more."""

    _transport: asyncio.Transport  # from `connection_made` on, before which nobody is given a connection

    def __init__(self) -> None:
        self.extensions: dict[str, str] = {}
        self.carried = 0  # messages, since it was opened
        self.waited = 0.0  # seconds for replies, since this was put to nothing
        self.greeting = ""
        self._buffer, self._wanted = b"", 0
        self._lines: list[str] = []
        self._replies: deque[Reply] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._asked_at, self._heard_at, self._seconds = 0.0, 0.0, COMMAND_SECONDS
        self._meanwhile: Callable[[], None] | None = None
        self._lost: str = ""

    # --- Opening ------------------------------------------------------------------------------------------

    @classmethod
    async def open(cls, relay: EmailBackend) -> "Connection":
        """Connect, encrypt and log in as `relay`, a Django EmailBackend, says. Raises Lost, OSError or TimeoutError."""
        async with asyncio.timeout(OPENING_SECONDS):
            return await cls._opened(relay)

    @classmethod
    async def _opened(cls, relay: EmailBackend) -> "Connection":
        loop = asyncio.get_running_loop()
        context = relay.ssl_context if relay.use_ssl else None
        async with asyncio.timeout(COMMAND_SECONDS):
            # One address that swallows everything must not use up the time of the others.
            _, connection = await loop.create_connection(
                cls, relay.host, relay.port, ssl=context, happy_eyeballs_delay=NEXT_ADDRESS_SECONDS
            )
        try:
            greeting = await connection.ask(b"", 1)
            connection._expect(greeting, 220)
            connection.greeting = greeting[0].text
            await connection._hello()
            if relay.use_tls:
                await connection._encrypt(relay)
            if relay.username and relay.password:
                await connection._log_in(relay.username, relay.password)
        except BaseException:
            connection.close()
            raise
        return connection

    @property
    def can_pipeline(self) -> bool:
        return "PIPELINING" in self.extensions

    @property
    def is_open(self) -> bool:
        """Whether it can be asked something: it stands, and said nothing since it was asked last."""
        return not self._lost and not self._has_more

    @property
    def has_reply(self) -> bool:
        """Whether it has answered a part of what it was asked."""
        return bool(self._replies)

    async def _hello(self) -> None:
        address = self._transport.get_extra_info("sockname")[0].partition("%")[0]  # without the name of the interface
        name = hosts.address_literal(address)
        self.extensions = {}  # what was said before the encryption is nobody's word
        (reply,) = await self.ask(f"EHLO {name}\r\n".encode(), 1)
        if reply.code != 250:
            self._expect(await self.ask(f"HELO {name}\r\n".encode(), 1), 250)
            return
        words = (line.partition(" ") for line in reply.text.split("\n")[1:])
        self.extensions = {keyword.upper(): rest for keyword, _, rest in words}

    async def _encrypt(self, relay: EmailBackend) -> None:
        self._expect(await self.ask(b"STARTTLS\r\n", 1), 220)
        loop = asyncio.get_running_loop()
        if self._has_more:  # somebody on the way put it there, to be taken for an answer that is encrypted
            raise Lost("it says more before it was encrypted")
        encrypted = await loop.start_tls(
            self._transport, self, relay.ssl_context, server_hostname=relay.host, ssl_handshake_timeout=COMMAND_SECONDS
        )
        if encrypted is None:
            raise Lost("the relay hung up")
        self._transport = encrypted
        await self._hello()

    async def _log_in(self, user: str, password: str) -> None:
        """Log in by PLAIN where it is offered, else by LOGIN (RFC 4954)."""
        offered = self.extensions.get("AUTH", "").upper().split()
        if "PLAIN" in offered or not offered:
            secret = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
            steps = [(f"AUTH PLAIN {secret}\r\n", 235)]
        else:
            coded = [base64.b64encode(word.encode()).decode() for word in (user, password)]
            steps = [("AUTH LOGIN\r\n", 334), (f"{coded[0]}\r\n", 334), (f"{coded[1]}\r\n", 235)]
        for command, code in steps:
            self._expect(await self.ask(command.encode(), 1), code)

    @staticmethod
    def _expect(replies: list[Reply], code: int) -> None:
        if replies[0].code != code:
            raise Lost(str(replies[0]), replies)

    # --- Speaking -----------------------------------------------------------------------------------------

    async def ask(
        self, data: bytes, number: int, seconds: float = 0.0, meanwhile: Callable[[], None] | None = None
    ) -> list[Reply]:
        """Send `data` and return the next `number` replies, within `seconds`, by default COMMAND_SECONDS.

        `meanwhile` is called once if they are not there after SILENCE_SECONDS, or if some are and the others do not
        follow. Raises Lost, with those that did come in its `replies`.
        """
        if data and not self._lost:
            if self._has_more:
                self._replies.clear()  # to be taken for the answer to anything
                self._give_up("the relay spoke unasked")
            else:
                self._transport.write(data)
        if len(self._replies) < number and not self._lost:
            self._wanted, self._waiter = number, asyncio.get_running_loop().create_future()
            self._asked_at, self._seconds = time.monotonic(), seconds or COMMAND_SECONDS
            self._meanwhile = meanwhile
            _clock.add(self)
            try:
                await self._waiter
            finally:
                _clock.asking.discard(self)
                self._waiter = None
                self.waited += time.monotonic() - self._asked_at
        replies = [self._replies.popleft() for _ in range(min(number, len(self._replies)))]
        if len(replies) < number:
            raise Lost(self._lost, replies)
        return replies

    def close(self) -> None:
        """Say goodbye, without waiting for the answer."""
        if not self._transport.is_closing():
            self._transport.write(b"QUIT\r\n")
            self._transport.close()
        self._lost = self._lost or "closed by us"

    def look(self, now: float) -> None:
        """Whether it has been waited for long enough."""
        waited = now - self._asked_at
        if waited > self._seconds:
            self._give_up(f"no reply within {self._seconds:g} s")
        elif self._meanwhile and (waited > SILENCE_SECONDS or (self._replies and now - self._heard_at > REST_SECONDS)):
            act, self._meanwhile = self._meanwhile, None
            act()

    def _give_up(self, why: str) -> None:
        self._lost = self._lost or why
        self._transport.abort()
        self._wake()

    def _wake(self) -> None:
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)

    @property
    def _has_more(self) -> bool:
        return bool(self._replies or self._lines or self._buffer)

    # --- What asyncio calls ---------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # of a stream, which can be read and written

    def data_received(self, data: bytes) -> None:
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            self._lines.append(line[4:].rstrip(b"\r").decode("utf-8", "replace"))
            if line[3:4] == b"-":
                continue
            if not (len(line) > 2 and line[:3].isdigit()):
                return self._give_up(f"no SMTP: {line[:80]!r}")
            self._replies.append(Reply(int(line[:3]), "\n".join(self._lines)))
            self._lines = []
        if len(self._buffer) + sum(map(len, self._lines)) > _LONGEST_REPLY or len(self._replies) > _MOST_REPLIES:
            return self._give_up("an endless reply")
        if len(self._replies) >= self._wanted:
            self._wake()
        else:
            self._heard_at = time.monotonic()
            self._acknowledge()

    def _acknowledge(self) -> None:
        """Acknowledge what came at once: Courier sends each reply by itself, the next only when the last is
        acknowledged, for which the kernel takes 40 ms (RFC 1122 4.2.3.2, with RFC 896 at the other end)."""
        if _QUICK_ACK is not None and (plain := self._transport.get_extra_info("socket")):
            plain.setsockopt(socket.IPPROTO_TCP, _QUICK_ACK, 1)

    def connection_lost(self, error: Exception | None) -> None:
        self._lost = self._lost or (error and str(error)) or "the relay hung up"
        self._wake()
