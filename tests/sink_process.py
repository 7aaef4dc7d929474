"""A fast mail relay, or SMS gateway, as a process of its own: `python -m tests.sink_process smtp|http PORT DIRECTORY`.

Writes each message down (os.write, one JSON object a line) before it answers, and misbehaves as DIRECTORY/options.json
says: see Options. Read again on SIGHUP. tests/fast_sinks.py starts it and speaks of it.
"""

import asyncio
import json
import os
import random
import re
import signal
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.sink_http import Exchange

_MESSAGE_ID = re.compile(rb"^message-id:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
_RECIPIENT = re.compile(rb"RCPT TO:<(.*)>", re.IGNORECASE)
_KIND = re.compile(r"[a-z]+")
_REFUSED = {
    "bounce": b"550 5.1.1 No such user\r\n",
    "full": b"552 5.2.2 Mailbox full\r\n",
    "late": b"450 4.2.1 Mailbox busy, try again later\r\n",
}
_SPAM = b"554 5.7.1 Message looks like spam\r\n"
_quoted = json.encoder.encode_basestring_ascii  # what it costs to write a message down decides how many fit a second


@dataclass
class Options:
    """Seconds, shares of one, and the seed of what chance decides.

    By the letters that a recipient's address begins with, a relay also refuses for good ("bounce", "full"; "spam": the
    text), puts off ("grey": 451 the first time, "closing": 421 the first time, "late": 450 each time), says nothing to
    RCPT ("hang") or to the final dot ("dot"), cuts the connection instead of taking the text, the first time ("reset"),
    and keeps the text ("bounces", which is where mail comes back to).
    """

    delay: float = 0  # before it is taken
    hold: float = 0  # between taking it and saying so
    lost: float = 0  # of what was taken: the connection ends instead of an answer
    busy: float = 0  # of requests: 429, come again in a second
    connections: int = 10_000
    seed: int = 0


@dataclass
class Sink:
    directory: Path
    options: Options = field(default_factory=Options)
    asked: Counter = field(default_factory=Counter)
    open: int = 0
    received: memoryview = field(default_factory=lambda: memoryview(bytearray(65_536)))  # by whoever reads just now

    def __post_init__(self):
        self.journal = os.open(self.directory / "journal.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self.read_options()

    def read_options(self) -> None:
        self.options = Options(**json.loads((self.directory / "options.json").read_text()))
        self.chance = random.Random(self.options.seed)

    def write(self, *, to: str, id: str, at: float, more: str = "") -> None:
        """`more`: further entries, as JSON."""
        line = f'{{"to": {_quoted(to)}, "id": {_quoted(id)}, "at": {at!r}{more}}}\n'
        os.write(self.journal, line.encode())


class Session(asyncio.BufferedProtocol):
    """One SMTP connection. While something is delayed, what came meanwhile waits."""

    def __init__(self, sink: Sink):
        self.sink = sink
        self.buffer = b""
        self.replies: list[bytes] = []
        self.recipient, self.began_at = "", 0.0
        self.is_text = self.is_waiting = self.is_over = False

    def connection_made(self, transport):
        self.transport = transport
        self.sink.open += 1
        if self.sink.open > self.sink.options.connections:
            self.is_over = True
            transport.write(b"421 4.7.0 Too many connections\r\n")
            transport.close()
        else:
            transport.write(b"220 sink ESMTP\r\n")

    def connection_lost(self, error):
        self.sink.open -= 1
        self.is_over = True

    def get_buffer(self, size):
        return self.sink.received

    def buffer_updated(self, size):
        self.buffer += self.sink.received[:size]
        self.go_on()

    def go_on(self) -> None:
        while not self.is_waiting and not self.is_over and (self._text() if self.is_text else self._command()):
            pass
        if self.replies and not self.is_over:
            self.transport.write(b"".join(self.replies))
            self.replies.clear()

    def _command(self) -> bool:
        line, found, rest = self.buffer.partition(b"\r\n")
        if not found:
            return False
        self.buffer = rest
        verb = line[:4].upper()
        answer = {b"EHLO": self._hello, b"RCPT": self._rcpt, b"DATA": self._data, b"QUIT": self._quit}.get(verb)
        self.replies.append(answer(line) if answer else b"250 2.0.0 OK\r\n")
        if verb in (b"MAIL", b"RSET"):
            self.recipient = ""
        return True

    def _hello(self, line: bytes) -> bytes:
        return b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n"

    def _rcpt(self, line: bytes) -> bytes:
        found = _RECIPIENT.match(line)
        if not found:
            return b"501 5.1.3 Bad recipient address syntax\r\n"
        recipient = found[1].decode("latin-1")
        match self._kind(recipient):
            case "bounce" | "full" | "late" as kind:
                return _REFUSED[kind]
            case "grey" if self._is_first("rcpt", recipient):
                return b"451 4.7.1 Greylisted\r\n"
            case "closing" if self._is_first("rcpt", recipient):
                return b"421 4.3.2 Closing\r\n"
            case "hang":
                self.is_waiting = True
                return b""
        self.recipient, self.began_at = recipient, time.time()
        return b"250 2.1.5 OK\r\n"

    def _data(self, line: bytes) -> bytes:
        if not self.recipient:
            return b"503 5.5.1 No recipient\r\n"
        self.is_text = True
        return b"354 Go ahead\r\n"

    def _quit(self, line: bytes) -> bytes:
        self.transport.write(b"".join([*self.replies, b"221 2.0.0 Bye\r\n"]))
        self.replies.clear()
        self.is_over = True
        self.transport.close()
        return b""

    def _text(self) -> bool:
        end = -3 if self.buffer.startswith(b".\r\n") else self.buffer.find(b"\r\n.\r\n")
        if end == -1:
            return False
        text, self.buffer = self.buffer[: max(end, 0)], self.buffer[end + 5 if end >= 0 else 3 :]
        self.is_text = False
        kind = self._kind(self.recipient)
        if kind == "reset" and self._is_first("text", self.recipient):
            self._hang_up()
        elif kind == "dot":
            self.is_waiting = True
        elif kind == "spam":
            self.replies.append(_SPAM)
        else:
            found = _MESSAGE_ID.search(text)
            kept = f', "text": {_quoted(text.decode("latin-1"))}' if kind == "bounces" else ""
            self._later(self.sink.options.delay, self._take, found[1].decode() if found else "", kept)
        return True

    def _take(self, name: str, kept: str) -> None:
        options = self.sink.options
        is_lost = options.lost and self.sink.chance.random() < options.lost
        self.sink.write(to=self.recipient, id=name, at=self.began_at, more=', "lost": true' if is_lost else kept)
        if is_lost:
            self._hang_up()
        else:
            self._later(options.hold, self.replies.append, b"250 2.0.0 Taken\r\n")

    def _later(self, seconds: float, act, *args) -> None:
        if not seconds:
            return act(*args)
        if self.replies:
            self.transport.write(b"".join(self.replies))
            self.replies.clear()
        self.is_waiting = True
        asyncio.get_running_loop().call_later(seconds, self._wake, act, *args)

    def _wake(self, act, *args) -> None:
        if not self.is_over:
            self.is_waiting = False
            act(*args)
            self.go_on()

    def _hang_up(self) -> None:
        self.is_over = True
        self.transport.abort()

    def _is_first(self, what: str, recipient: str) -> bool:
        self.sink.asked[what, recipient] += 1
        return self.sink.asked[what, recipient] == 1

    @staticmethod
    def _kind(recipient: str) -> str:
        found = _KIND.match(recipient)
        return found[0] if found else ""


async def main(kind: str, port: str, directory: str) -> None:
    sink = Sink(Path(directory))
    connection = {"smtp": Session, "http": Exchange}[kind]
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, sink.read_options)
    server = await loop.create_server(lambda: connection(sink), "127.0.0.1", int(port), backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
