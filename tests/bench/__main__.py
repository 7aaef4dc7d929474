"""Every benchmark, or those named: `python -m tests.bench [delivery edge mail rebuild]`."""

import subprocess
import sys

ALL = ("rebuild", "edge", "mail", "delivery")


def main() -> int:
    codes = []
    for name in sys.argv[1:] or ALL:
        print(f"--- {name}", flush=True)
        codes.append(subprocess.call([sys.executable, "-m", f"tests.bench.{name}"]))  # each sets Django up anew
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
