"""Where the trials of one run take place."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.servers import Postgres

# Nobody listens at the broker, unless a trial starts one.
ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "statuspage.settings",
    "SECRET_KEY": "for-the-trials-only-and-fifty-characters-long-or-more-0123456789",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}


@contextlib.contextmanager
def place(*, is_durable: bool = False) -> Iterator[tuple[Path, Postgres]]:
    """A directory and a PostgreSQL that runs, both gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="statuspage-chaos-") as name:
        directory = Path(name)
        directory.chmod(0o711)  # PostgreSQL runs as somebody else when we are root
        postgres = Postgres(directory, is_durable=is_durable)
        try:
            postgres.start()
            yield directory, postgres
        finally:
            postgres.stop()
