"""1,000 windows of planned work due in one moment, while runners are killed: `python -m tests.chaos.windows [WINDOWS]`.

The seed is printed; SEED gives the same kills back.
"""

import os
import subprocess
import sys

from tests import seeds

TEST = "tests/incidents/actions/test_planned_work_by_kill.py"


def main() -> int:
    about = {"WINDOWS": (sys.argv[1:] or ["1000"])[0], "SEED": str(seeds.fresh_seed())}
    patient = ("-o", "faulthandler_timeout=0", "-p", "no:cacheprovider", "-s")
    return subprocess.call([sys.executable, "-m", "pytest", "-q", *patient, TEST], env=os.environ | about)


if __name__ == "__main__":
    sys.exit(main())
