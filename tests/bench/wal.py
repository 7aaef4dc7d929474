"""What PostgreSQL writes ahead for something: bytes, and how many of them are entries of an index."""

import re
import subprocess
from typing import NamedTuple

from tests.bench.figures import missing
from tests.servers import Postgres


class Written(NamedTuple):
    """Between two places of its log. `entries`: None where nobody can tell."""

    bytes: int
    entries: int | None


class Wal:
    """The log of `postgres` from now on. What is asked of it soon is still there: later files are used again."""

    def __init__(self, postgres: Postgres):
        self.postgres = postgres
        self._begin = _place()

    def so_far(self) -> Written:
        end = _place()
        return Written(_bytes(end) - _bytes(self._begin), self._entries(end))

    def _entries(self, end: str) -> int | None:
        tool = self.postgres.bin / "pg_waldump"
        if not tool.exists():
            missing("pg_waldump", "postgresql", "index entries")
            return None
        asked = ["-p", self.postgres.data / "pg_wal", "-s", self._begin, "-e", end, "--rmgr=Btree", "--stats=record"]
        said = subprocess.run([tool, *asked], capture_output=True, text=True, check=True).stdout
        return sum(map(int, re.findall(r"^Btree/INSERT_LEAF\s+(\d+)", said, re.MULTILINE)))


def _place() -> str:
    """Where the log ends, after all before it is in its file."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on")
        cursor.execute("SELECT pg_current_wal_insert_lsn() FROM pg_logical_emit_message(true, 'bench', 'written')")
        place = cursor.fetchone()[0]
        cursor.execute("RESET synchronous_commit")
        return str(place)


def _bytes(place: str) -> int:
    high, low = place.split("/")
    return (int(high, 16) << 32) + int(low, 16)
