"""A PostgreSQL of the bench's own, with Django set up on it: once a process."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers import Postgres

KEY = "for-the-bench-only-and-fifty-characters-long-or-more-0123456789"


@contextmanager
def place() -> Iterator[Path]:
    """A directory that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="statuspage-bench-") as name:
        directory = Path(name)
        directory.chmod(0o711)  # servers run as somebody else when we are root
        yield directory


@contextmanager
def site(directory: Path, **environment: str) -> Iterator[Postgres]:
    """Migrated, under the deployed settings; nobody listens at the broker. `environment`: what else is set in it."""
    postgres = Postgres(directory)
    try:
        postgres.start()
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "statuspage.settings",
            "SECRET_KEY": KEY,
            "SITE_URL": "http://status.example.test",
            "DATABASE_URL": postgres.url,
            "REDIS_URL": "redis://127.0.0.1:1/0",
            "DATA_DIR": str(directory),
            "LOG_LEVEL": "ERROR",
        } | environment
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        yield postgres
    finally:
        postgres.stop()
