"""The ledger keeps its promises with one writer too: the very same tests, on SQLite."""

import os
import subprocess
import sys
from pathlib import Path

ACTIONS = Path(__file__).parent / "actions"
TESTS = (
    "test_fanout.py",
    "test_late_commits.py",
    "test_claiming.py",
    "sqlite_plans.py",
    "test_delivering.py",
    "test_checking.py",
    "test_recovering.py",
    "test_refusing.py",
    "test_deaths.py",
    "test_ailing.py",
    "test_bounces.py",
    "test_dispatching.py",
    "test_retention.py",
    "test_erasing.py",
    "test_fence.py",
    "test_importing.py",
    "test_unoffered.py",
)


def test_the_ledger_keeps_its_promises_on_sqlite(tmp_path):
    # Without our plugin, which would start servers: the environment holds what it has set.
    settings = ["-o", "addopts=", "-p", "no:cacheprovider", "--ds", "tests.settings_sqlite"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *settings, *(str(ACTIONS / name) for name in TESTS)],
        env=os.environ | {"DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3", "DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
