"""The tables after a test that committed: only what it wrote goes, for a tenth of what TRUNCATE of all tables costs."""

from django.core.management import call_command
from django.db import connection, transaction

LARGE = 1 << 20  # bytes of a table, from which rows that were deleted would be in the way of later tests


class Emptying:
    """`after_test()` leaves what Django's `flush` leaves: roles, permissions and content types, and nothing else.

    Those are compared with what the first flush left; where they were changed, or a table has grown large, it flushes.
    """

    def __init__(self):
        self._kept: dict[str, str] = {}

    def after_test(self) -> None:
        if connection.vendor != "postgresql" or not self._kept:
            self._flush()
            return
        with transaction.atomic():
            is_done = self._delete()
        if not is_done:
            self._flush()

    def _flush(self) -> None:
        call_command("flush", verbosity=0, interactive=False, reset_sequences=False)
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                self._kept = _contents(cursor, [table for table, _ in _with_rows(cursor, _tables())])

    def _delete(self) -> bool:
        """Whether that was enough. Waits, as TRUNCATE does, for whoever is still writing."""
        tables = _tables()
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {', '.join(map(_quoted, tables))} IN ACCESS EXCLUSIVE MODE")
            found = _with_rows(cursor, tables)
            if any(size >= LARGE for _, size in found) or _contents(cursor, list(self._kept)) != self._kept:
                return False
            written = [table for table, _ in found if table not in self._kept]
            cursor.execute("SET LOCAL session_replication_role = replica")  # no order of keys, and no triggers
            if written:
                cursor.execute("; ".join(f"DELETE FROM {_quoted(table)}" for table in written))
        return True


def _tables() -> list[str]:
    return connection.introspection.django_table_names(only_existing=True, include_views=False)


def _quoted(table: str) -> str:
    return connection.ops.quote_name(table)


def _with_rows(cursor, tables: list[str]) -> list[tuple[str, int]]:
    """Those that are not empty, with the bytes that their rows take."""
    questions = (
        f"SELECT '{table}', pg_relation_size('{_quoted(table)}') WHERE EXISTS (SELECT FROM {_quoted(table)})"
        for table in tables
    )
    cursor.execute(" UNION ALL ".join(questions))
    return cursor.fetchall()


def _contents(cursor, tables: list[str]) -> dict[str, str]:
    """A fingerprint of all rows of each."""
    rows = "md5(string_agg(t::text, ';' ORDER BY t::text))"
    cursor.execute(" UNION ALL ".join(f"SELECT '{table}', {rows} FROM {_quoted(table)} t" for table in tables))
    return dict(cursor.fetchall())
