"""The pages say the same on SQLite: the very same tests."""

from pathlib import Path

import pytest

from tests.on_sqlite import run_on_sqlite

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
    run_on_sqlite(tmp_path, *(HERE / name for name in TESTS))
