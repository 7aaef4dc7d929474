"""Our connections to one SMTP relay: as many as it is fast with, each used again and again."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.mail.backends.smtp import EmailBackend

from .. import Refused, Unavailable
from .concurrency import FIRST, AdaptiveLimit
from .known import Known
from .smtp_connection import Connection
from .smtp_replies import Lost

_EXIM_MOST = 10  # mails of a connection: what comes after them Exim only queues (smtp_accept_queue_per_connection)
IDLE_SECONDS = 10.0  # then a connection is hung up: others need it, and firewalls forget it without a word
SCARCE_IDLE_SECONDS = 0.25  # the same where the relay has refused us one more: another process waits for it
SCARCE_SECONDS = 60.0  # after which it may allow more
FEW_SECONDS = 3_600.0  # the same for whether one process keeps all busy that it allows
LOOK_SECONDS = 0.5  # between two tries for a connection that another process has


class Connections:
    """The connections of one process to a relay. Used in the event loop alone."""

    def __init__(self, backend: EmailBackend, limit: AdaptiveLimit, known: Known):
        self.backend, self.limit, self.known = backend, limit, known
        self.per_connection = settings.EMAIL_MESSAGES_PER_CONNECTION
        self.idle: list[Connection] = []
        self.in_use = 0
        self.opening = 0
        self.scarce_until = self.few_until = float("-inf")

    async def get(self) -> Connection:
        """Return an idle connection, else a new one. Raises Lost, OSError or TimeoutError."""
        while self.idle:
            if (connection := self.idle.pop()).is_open:
                return connection
            connection.close()
        self.opening += 1
        try:
            return await Connection.open(self.backend)
        finally:
            self.opening -= 1

    @contextmanager
    def using(self, connection: Connection) -> Iterator[None]:
        """While mail goes over it. It is closed by whatever is raised inside."""
        self.in_use += 1
        self.known.holds(True)
        try:
            yield
        except BaseException:
            connection.close()
            raise
        finally:
            self.in_use -= 1
            self._say_what_is_held()

    async def may_wait(self, error: Exception) -> bool:
        """Wait after no connection could be had and return whether this worker is to try again; if not, others go on.
        Raises Unavailable where nobody does."""
        while self.opening and not self._serving:  # whether it refused one too many, or all
            await asyncio.sleep(0.05)
        is_refusal = isinstance(error, Lost) and error.is_refusal
        if self._serving:  # it takes no more connections, but goes on with those it has
            now = time.monotonic()
            self.scarce_until, self.few_until = now + SCARCE_SECONDS, now + FEW_SECONDS
            self.limit.refused(self._serving + self.opening)
            return False
        if not is_refusal and await self.known.others_hold():
            self.limit.refused(1)  # one waits for all
            await asyncio.sleep(LOOK_SECONDS)
            return True
        kind = Refused if is_refusal else Unavailable
        raise kind(f"{self.backend.host}:{self.backend.port}: {error}") from error

    def keep(self, connection: Connection) -> None:
        """Keep the connection for the next mail, for a while."""
        self.idle.append(connection)
        seconds = SCARCE_IDLE_SECONDS if time.monotonic() < self.scarce_until else IDLE_SECONDS
        asyncio.get_running_loop().call_later(seconds, self._let_go, connection, connection.carried)

    def put_down(self, connection: Connection) -> None:
        """Keep a connection that can carry more; close any other."""
        if connection.is_open and not self.is_used_up(connection):
            self.keep(connection)
        else:
            connection.close()

    def _let_go(self, connection: Connection, carried: int) -> None:
        """Close an idle connection, unless it was used since."""
        if connection in self.idle and connection.carried == carried:
            self.idle.remove(connection)
            connection.close()
            self._say_what_is_held()

    def is_used_up(self, connection: Connection, upcoming: int = 0) -> bool:
        """Whether it has carried as many mails as one may, or will have with `upcoming` more."""
        most = min(self.per_connection, _EXIM_MOST) if "Exim" in connection.greeting else self.per_connection
        return connection.carried + upcoming >= most

    def has_all(self) -> bool:
        """Whether the relay refused this process more than so few that it keeps them busy by itself."""
        return self._serving < FIRST and time.monotonic() < self.few_until

    def close(self) -> None:
        """Hang up what is idle."""
        while self.idle:
            self.idle.pop().close()
        self._say_what_is_held()

    @property
    def _serving(self) -> int:
        """How many stand; one that has carried all there was by now is idle, and counts."""
        return self.in_use + len(self.idle)

    def _say_what_is_held(self) -> None:
        self.known.holds(bool(self._serving))
