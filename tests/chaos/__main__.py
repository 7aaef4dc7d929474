"""Every long fault run, one table each: `python -m tests.chaos [page delivery doors copies lives windows]`."""

import subprocess
import sys

ALL = ("page", "delivery", "doors", "copies", "lives", "windows")


def main() -> int:
    return max(subprocess.call([sys.executable, "-m", f"tests.chaos.{name}"]) for name in sys.argv[1:] or ALL)


if __name__ == "__main__":
    sys.exit(main())
