"""An end to every wait for the database, whoever swallowed the question.

The kernel notices a server that is gone, and a connect has its own limit. Nothing notices a pooler, a balancer or a
frozen server that takes the question and never answers: without a limit of ours the thread waits for good, also when
the database is long back.
"""

from typing import Any, TypeVar

from psycopg import Connection, OperationalError
from psycopg.abc import PQGen
from psycopg.errors import _WaitTimeout  # what `Connection.wait` is documented to raise; it has no other name

T = TypeVar("T")


def limit_waits(seconds: float) -> None:
    """Let no round trip of this process to a PostgreSQL take longer than `seconds` from now on.

    One that does raises OperationalError and ends its connection, on which the answer might still come. For the whole
    class: Django lets nobody choose another, and tells of a new connection only after it has asked it something.
    """
    wait = Connection.wait

    def limited(self: Connection[Any], generator: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        try:
            return wait(self, generator, interval, seconds if timeout is None else timeout)
        except _WaitTimeout:
            if timeout is not None:
                raise
            self.close()
            raise OperationalError(f"the database did not answer within {seconds:g} s") from None

    Connection.wait = limited  # type: ignore[method-assign, assignment]  # for the whole class: see above
