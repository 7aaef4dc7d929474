"""One HTTP connection of a sink that plays an SMS gateway: see tests/sink_process.py. Without a framework: what the
gateway costs, on the same machine, the program cannot have."""

import asyncio
import json
import re
import time

_LENGTH = re.compile(rb"^content-length:\s*(\d+)", re.IGNORECASE | re.MULTILINE)


class Exchange(asyncio.Protocol):
    """Request after request, each a JSON object with "to" and "text"."""

    def __init__(self, sink):
        self.sink = sink
        self.buffer = b""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.buffer += data
        head, found, rest = self.buffer.partition(b"\r\n\r\n")
        if found and len(rest) >= (length := int(_LENGTH.search(head)[1])):
            self.buffer = rest[length:]
            self._asked(json.loads(rest[:length]))

    def _asked(self, fields: dict) -> None:
        options = self.sink.options
        if options.busy and self.sink.chance.random() < options.busy:
            self._answer("429 Too Many Requests\r\nRetry-After: 1", {})
        else:
            self._later(options.delay, self._take, fields)

    def _take(self, fields: dict) -> None:
        self.sink.write(to=fields["to"], id=fields["text"], at=time.time())
        self._later(self.sink.options.hold, self._answer, "201 Created", {"id": f"id{fields['to']}"})

    def _answer(self, status: str, fields: dict) -> None:
        body = json.dumps(fields)
        kind = f"Content-Type: application/json\r\nContent-Length: {len(body)}"
        self.transport.write(f"HTTP/1.1 {status}\r\n{kind}\r\n\r\n{body}".encode())

    @staticmethod
    def _later(seconds: float, act, *args) -> None:
        if seconds:
            asyncio.get_running_loop().call_later(seconds, act, *args)
        else:
            act(*args)
