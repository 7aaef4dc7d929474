"""The pages say the same on SQLite: the very same tests."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PAGES = ("overview", "uptime", "component", "feeds", "update_feeds", "sitemap", "bulletins")
TESTS = (
    *(f"page/test_{name}.py" for name in PAGES),
    "api/test_v2.py",
    "actions/test_bulletins.py",
    "actions/test_similar.py",
)


@pytest.mark.long
def test_the_pages_say_the_same_on_sqlite(tmp_path):
    # Without our plugin, which would start servers: the environment holds what it has set.
    settings = ["-o", "addopts=", "-p", "no:cacheprovider", "--ds", "tests.settings_sqlite"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *settings, *(str(HERE / name) for name in TESTS)],
        env=os.environ | {"DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3", "DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
