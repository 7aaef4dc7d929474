"""The delivery under faults: `python -m tests.chaos.delivery [C01 ...] [--readers N] [--short]`; one table, and 1 where
one fails.

Real parts: PostgreSQL, Redis, workers, a relay and a gateway that write down what they take before they answer. After
each trial ledger and journals are compared. Where chance decides, its seed is printed; SEED=n repeats it.
--short: as the test command makes them, without waiting for back-offs. --static: what collectstatic left somewhere.
"""

import argparse
import logging
import os
import sys
import time
import traceback
from pathlib import Path

from tests.chaos.place import place
from tests.seeds import fresh_seed
from tests.servers import Postgres
from tests.with_tables import ENVIRONMENT

SEED = fresh_seed()


def main() -> int:
    """Make the trials of these numbers, or all. Returns 0 where all are good."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--readers", type=int, default=20_000)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--static", type=Path)
    wanted = parser.parse_args()
    print(f"seed {SEED}, {wanted.readers} readers", flush=True)
    with place(is_durable=True) as (directory, postgres):
        prepare(postgres.url, directory)
        if wanted.static:
            (directory / "static").symlink_to(wanted.static)
        return run(wanted, directory, postgres)


def prepare(database_url: str, directory: Path) -> None:
    """Django, on an empty database with all tables."""
    os.environ |= ENVIRONMENT | {
        "SITE_URL": "http://status.example.test",
        "DATABASE_URL": database_url,
        "DATA_DIR": str(directory),
        "LOG_LEVEL": "CRITICAL",
    }
    import django

    django.setup()
    from django.core.management import call_command

    for told in ("asyncio", "django.request"):  # that a line was cut is what we want
        logging.getLogger(told).setLevel(logging.CRITICAL)
    call_command("migrate", verbosity=0)


def run(wanted, directory: Path, postgres: Postgres) -> int:
    from tests.chaos.delivery_stage import Stage
    from tests.chaos.delivery_trials import TRIALS

    bad = 0
    for name, trial in TRIALS.items():
        if wanted.names and name not in wanted.names:
            continue
        stage = Stage(directory, postgres, readers=wanted.readers, seed=SEED, is_short=wanted.short)
        began = time.monotonic()
        result = attempt(trial, stage)
        bad += not result.is_good
        took = f"{time.monotonic() - began:.0f} s"
        word = "pass" if result.is_good else "FAIL"
        print(f"{name} {trial.__name__:24} {result.figure:92} {took:>6} {word}", flush=True)
    return 1 if bad else 0


def attempt(trial, stage):
    from tests.chaos.delivery_verdict import Result

    try:
        return trial(stage)
    except Exception as error:  # whatever it is, the next trial is made
        traceback.print_exc()
        return Result(f"{type(error).__name__}: {error}"[:92], False)
    finally:
        if stage.postgres.process.poll() is not None:
            stage.postgres.start()


if __name__ == "__main__":
    sys.exit(main())
