"""Random lives of incidents beside a plain model: `python -m tests.chaos.lives [HISTORIES]`, 2,500 if not said.

A history has twelve acts on some four incidents and windows: 2,500 are 10,000 lives. The seed is printed;
HISTORIES_SEED gives it back.
"""

import os
import random
import subprocess
import sys

TEST = "tests/incidents/test_random_histories.py"


def main() -> int:
    seed = os.environ.get("HISTORIES_SEED") or str(random.randrange(10**6))
    print(f"HISTORIES_SEED={seed}", flush=True)
    about = {"HISTORIES": (sys.argv[1:] or ["2500"])[0], "HISTORIES_SEED": seed}
    patient = ("-o", "faulthandler_timeout=0", "-p", "no:cacheprovider")
    return subprocess.call([sys.executable, "-m", "pytest", "-q", *patient, TEST], env=os.environ | about)


if __name__ == "__main__":
    sys.exit(main())
