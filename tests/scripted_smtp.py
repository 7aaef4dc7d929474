"""A relay on loopback that says exactly what a test tells it to say, byte by byte."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable

SECONDS = 10  # a test that waits longer for a byte has failed


class Talk:
    """One connection, as the relay sees it. Raises EOFError once the client is gone."""

    def __init__(self, connection: socket.socket, number: int):
        self.socket, self.number = connection, number  # the number of the connection, from 0
        self.heard: list[bytes] = []  # lines; a mail's text is one of them
        self._buffer = b""

    def say(self, data: bytes) -> None:
        self.socket.sendall(data)

    def hear(self, end: bytes = b"\r\n") -> bytes:
        """What comes up to and with `end`."""
        while end not in self._buffer:
            if not (more := self.socket.recv(65536)):
                raise EOFError
            self._buffer += more
        found, _, self._buffer = self._buffer.partition(end)
        self.heard.append(found + end)
        return self.heard[-1]

    def greet(self, *extensions: bytes) -> None:
        """From the greeting to the end of EHLO."""
        self.say(b"220 relay.test\r\n")
        self.introduce(*extensions)

    def introduce(self, *extensions: bytes) -> None:
        assert self.hear().startswith(b"EHLO ")
        lines = [b"relay.test", *extensions]
        self.say(b"".join(b"250-" + line + b"\r\n" for line in lines[:-1]) + b"250 " + lines[-1] + b"\r\n")

    def envelope(self) -> bytes:
        """MAIL, RCPT and DATA, unanswered; returns the recipient."""
        if (sender := self.hear()) == b"QUIT\r\n":
            raise EOFError
        assert sender.startswith(b"MAIL FROM:<")
        recipient = self.hear()
        assert self.hear() == b"DATA\r\n"
        return recipient.removeprefix(b"RCPT TO:<").removesuffix(b">\r\n")

    def text(self) -> bytes:
        return self.hear(b"\r\n.\r\n")

    def take_all(self) -> None:
        """As a relay does that pipelines and takes everything, until the client leaves."""
        while True:
            self.envelope()
            self.say(b"250 ok\r\n250 ok\r\n354 go\r\n")
            self.text()
            self.say(b"250 2.0.0 taken\r\n")

    def encrypt(self, context: ssl.SSLContext) -> None:
        self.socket = context.wrap_socket(self.socket, server_side=True)


class ScriptedSmtp:
    """`script` speaks on each connection, in a thread of its own; where it ends, the connection does."""

    def __init__(self, script: Callable[[Talk], None]):
        self.script = script
        self.talks: list[Talk] = []
        self.errors: list[Exception] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]

    @property
    def heard(self) -> list[bytes]:
        """All lines, connection after connection."""
        return [line for talk in self.talks for line in talk.heard]

    @property
    def texts(self) -> int:
        """How many mails came whole."""
        return sum(line.endswith(b"\r\n.\r\n") and len(line) > 10 for line in self.heard)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.settimeout(SECONDS)
            talk = Talk(connection, len(self.talks))
            self.talks.append(talk)
            self._threads.append(threading.Thread(target=self._speak, args=(talk,)))
            self._threads[-1].start()

    def _speak(self, talk: Talk) -> None:
        try:
            self.script(talk)
        except (EOFError, ConnectionError, TimeoutError, ssl.SSLError):
            pass
        except Exception as error:
            self.errors.append(error)
        finally:
            talk.socket.close()

    def __enter__(self):
        self._threads[0].start()
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for talk in self.talks:
            with contextlib.suppress(OSError):
                talk.socket.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        assert not self.errors, self.errors
