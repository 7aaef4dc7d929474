"""The ledger keeps its promises with one writer too: the very same tests, on SQLite."""

from pathlib import Path

import pytest

from tests.on_sqlite import run_on_sqlite

HERE = Path(__file__).parent
TESTS = (
    "delivery/test_fanout.py",
    "delivery/test_late_commits.py",
    "delivery/test_bulletins.py",
    "delivery/test_claiming.py",
    "delivery/sqlite_plans.py",
    "delivery/test_drain.py",
    "delivery/test_send_check.py",
    "delivery/test_recovering.py",
    "delivery/refusals/test_in_a_row.py",
    "delivery/refusals/test_deaths.py",
    "delivery/refusals/test_ailing.py",
    "delivery/refusals/test_bounces.py",
    "delivery/test_dispatch.py",
    "delivery/test_retention.py",
    "people/test_erasing.py",
    "delivery/copies/test_fence.py",
    "people/test_importing.py",
    "delivery/test_unoffered.py",
)


@pytest.mark.long
def test_the_ledger_keeps_its_promises_on_sqlite(tmp_path):
    run_on_sqlite(tmp_path, *(HERE / name for name in TESTS))


@pytest.mark.long
def test_a_file_put_back_or_copied_in_a_fan_out_tells_nobody_again(tmp_path):
    run_on_sqlite(tmp_path, HERE / "delivery/copies/test_real_dumps.py")
