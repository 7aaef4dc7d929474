"""Every benchmark, or those named: `python -m tests.bench [rebuild edge publishing mail sms]`."""

import subprocess
import sys

ALL = ("rebuild", "edge", "publishing", "mail", "sms")


def main() -> int:
    codes = []
    for name in sys.argv[1:] or ALL:
        print(f"--- {name}", flush=True)
        codes.append(subprocess.call([sys.executable, "-m", f"tests.bench.{name}"]))  # each sets Django up anew
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
