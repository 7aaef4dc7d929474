"""Where the trials of one run take place."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.servers import Postgres
from tests.with_tables import postgres_with_tables


@contextlib.contextmanager
def place(*, is_durable: bool = False) -> Iterator[tuple[Path, Postgres]]:
    """A directory and a PostgreSQL that runs, both gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="statuspage-chaos-") as name:
        directory = Path(name)
        directory.chmod(0o711)  # PostgreSQL runs as somebody else when we are root
        postgres = postgres_with_tables(directory, is_durable=is_durable)
        try:
            postgres.start()
            yield directory, postgres
        finally:
            postgres.stop()
