"""The very same tests, on SQLite."""

import os
import shutil
import sys
from pathlib import Path

from tests import warm_starts
from tests.made_once import made_once

FILE = "test.sqlite3"  # in DATA_DIR


def run_on_sqlite(directory: Path, *tests: Path) -> None:
    """Raises AssertionError with what a failed one said."""
    shutil.copy(made_once("sqlite", _make) / FILE, directory / FILE)
    # Without our plugin, which would start servers: the environment holds what it has set.
    settings = ["-o", "addopts=", "-p", "no:cacheprovider", "--ds", "tests.settings_sqlite", "--reuse-db"]
    command = [sys.executable, "-m", "pytest", "-q", *settings, *map(str, tests)]
    done = warm_starts.run(command, env=os.environ | _environment(directory))
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]


def _make(directory: Path) -> None:
    """With all tables: making them takes as long as many a test."""
    done = warm_starts.run(
        [sys.executable, "manage.py", "migrate", "-v", "0"], env=os.environ | _environment(directory)
    )
    assert done.returncode == 0, done.stderr


def _environment(directory: Path) -> dict[str, str]:
    return {"DATABASE_URL": f"sqlite:///{directory}/{FILE}", "DATA_DIR": str(directory)}
