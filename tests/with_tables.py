"""A PostgreSQL in which all tables are, for trials that need one of their own: migrating takes seconds of CPU."""

import os
import signal
import sys
from pathlib import Path

import psycopg

from tests import warm_starts
from tests.made_once import RUN, made_once
from tests.servers import Postgres

TEMPLATE = "with_tables"
# Nobody listens at the broker, unless a trial starts one.
ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "statuspage.settings",
    "SECRET_KEY": "for-the-trials-only-and-fifty-characters-long-or-more-0123456789",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}


def postgres_with_tables(parent: Path | None = None, **options) -> Postgres:
    """Not started. Outside of a test run it is empty: whoever uses it migrates."""
    return Postgres(parent, like=made_once("tables", _make) / "data" if RUN in os.environ else None, **options)


def database_with_tables() -> str:
    """Its name, on the server of the tests: a template for the databases of their processes."""
    made_once(TEMPLATE, lambda directory: _make_database())
    return TEMPLATE


def _make_database() -> None:
    url = os.environ["DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {TEMPLATE}")
    _migrate({"DATABASE_URL": f"{url.rpartition('/')[0]}/{TEMPLATE}"})


def _make(directory: Path) -> None:
    server = Postgres(directory)
    server.start()
    site = {"SITE_URL": "http://status.example.test", "DATA_DIR": str(directory)}
    _migrate(ENVIRONMENT | site | {"DATABASE_URL": server.url})
    server.kill(signal.SIGINT)
    server.data.rename(directory / "data")
    server.stop()


def _migrate(environment: dict[str, str]) -> None:
    done = warm_starts.run([sys.executable, "manage.py", "migrate", "-v", "0"], env=os.environ | environment)
    assert done.returncode == 0, done.stderr
