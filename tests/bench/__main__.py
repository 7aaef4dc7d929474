"""Every benchmark, or those named: `python -m tests.bench [NAME ...]`, with names out of ALL.

Exit code: 1 when a promise was not kept (or a benchmark failed), else 2 when a tool was missing, else 0.
"""

import subprocess
import sys

ALL = (
    "rebuild",
    "edge",
    "crowd",
    "following",
    "publishing",
    "seen",
    "mail",
    "listing",
    "slow_relay",
    "sms",
    "scale",
    "text_cost",
    "login",
    "acts",
)


def main() -> int:
    codes = []
    for name in sys.argv[1:] or ALL:
        print(f"--- {name}", flush=True)
        codes.append(subprocess.call([sys.executable, "-m", f"tests.bench.{name}"]))  # each sets Django up anew
    return 1 if set(codes) - {0, 2} else max(codes)


if __name__ == "__main__":
    sys.exit(main())
