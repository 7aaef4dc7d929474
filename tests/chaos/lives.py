"""Random lives of incidents beside a plain model: `python -m tests.chaos.lives [LIVES]`, 10,000 if not said.

The seed is printed, and at the end how often each act was done; HISTORIES_SEED gives the same histories back.
"""

import os
import random
import subprocess
import sys

TEST = "tests/incidents/test_random_histories.py"


def main() -> int:
    seed = os.environ.get("HISTORIES_SEED") or str(random.randrange(10**6))
    print(f"HISTORIES_SEED={seed}", flush=True)
    about = {"LIVES": (sys.argv[1:] or ["10000"])[0], "HISTORIES_SEED": seed}
    patient = ("-o", "faulthandler_timeout=0", "-p", "no:cacheprovider", "-s")
    return subprocess.call([sys.executable, "-m", "pytest", "-q", *patient, TEST], env=os.environ | about)


if __name__ == "__main__":
    sys.exit(main())
