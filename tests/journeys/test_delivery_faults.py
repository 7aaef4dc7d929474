"""The delivery's promises under real faults, in short. Trials and long form: see tests/chaos/delivery.py."""

import os
import sys

import pytest

from tests import warm_starts

READERS = 500
# Each group shares one PostgreSQL, which is killed in it.
GROUPS = {
    "workers are killed, told to stop, told something new": ["C01", "C15", "C16", "C22"],
    "servers are killed and emptied": ["C02", "C03", "C07"],
    "the relay is hostile, rows are poison, people come and go": ["C09", "C10", "C18", "C21"],
    "Redis is not there, frozen and cut off": ["C04", "C05", "C06"],
    "the database dies in a publish, one form comes fifty times, SQLite has six writers": ["C08", "C19", "C40"],
    "very many are told": ["C14", "C17"],
}


@pytest.mark.long
@pytest.mark.parametrize("trials", GROUPS.values(), ids=GROUPS.keys())
def test_nothing_is_lost_and_only_what_was_in_flight_is_doubled_when(trials, static_files):
    command = [sys.executable, "-m", "tests.chaos.delivery", *trials, "--short", "--readers", str(READERS)]
    command += ["--static", str(static_files)]
    # Its own process: the database that it kills is not the one of the other tests.
    done = warm_starts.run(command, env=_plain_environment(), timeout=840)
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    assert done.stdout.count(" pass\n") == len(trials)


def _plain_environment() -> dict[str, str]:
    ours = ("SECRET_KEY", "SITE_URL", "DATABASE_URL", "REDIS_URL", "DATA_DIR")
    return {name: value for name, value in os.environ.items() if name not in ours and not name.startswith("PYTEST")}
