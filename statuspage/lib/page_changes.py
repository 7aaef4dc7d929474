"""That the page changed, told by whoever changed it to those that show it: LISTEN and NOTIFY of PostgreSQL.

A hint and no more. What changed is read from the database, and whoever hears nothing (SQLite, a pooler in between, a
connection that died) finds it when he looks next.
"""

from collections.abc import Callable

from django.db import connection

CHANNEL = "statuspage_page_changed"
PROVE_EVERY = 10.0  # seconds without a word after which the connection has to prove that it is alive
PROOF = "SELECT 'the page listens'"


def can_be_told() -> bool:
    """Whether the database passes it on."""
    return connection.vendor == "postgresql"


def tell() -> None:
    """Called inside the transaction of the change: it is told with the commit, and never if there is none."""
    if can_be_told():
        with connection.cursor() as cursor:
            cursor.execute(f"NOTIFY {CHANNEL}")


def listen(heard: Callable[[], object]) -> None:
    """Call `heard` now and at each change, for as long as the connection lasts, which this thread has to itself.

    Never returns; raises the error of the database that ended it.
    """
    try:
        with connection.cursor() as cursor, connection.wrap_database_errors:
            cursor.execute(f"LISTEN {CHANNEL}")
            heard()  # what was told before
            while True:
                for _ in connection.connection.notifies(timeout=PROVE_EVERY):
                    heard()
                cursor.execute(PROOF)
    finally:
        connection.close()
