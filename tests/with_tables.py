"""A PostgreSQL in which all tables are, for trials that need one of their own: migrating takes seconds of CPU."""

import os
import signal
import sys
from pathlib import Path

from tests import warm_starts
from tests.made_once import RUN, made_once
from tests.servers import Postgres

# Nobody listens at the broker, unless a trial starts one.
ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "statuspage.settings",
    "SECRET_KEY": "for-the-trials-only-and-fifty-characters-long-or-more-0123456789",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}


def postgres_with_tables(parent: Path | None = None, **options) -> Postgres:
    """Not started. Outside of a test run it is empty: whoever uses it migrates."""
    return Postgres(parent, like=made_once("tables", _make) / "data" if RUN in os.environ else None, **options)


def _make(directory: Path) -> None:
    server = Postgres(directory)
    server.start()
    environment = {"SITE_URL": "http://status.example.test", "DATABASE_URL": server.url, "DATA_DIR": str(directory)}
    command = [sys.executable, "manage.py", "migrate", "-v", "0"]
    done = warm_starts.run(command, env=os.environ | ENVIRONMENT | environment)
    assert done.returncode == 0, done.stderr
    server.kill(signal.SIGINT)
    server.data.rename(directory / "data")
    server.stop()
