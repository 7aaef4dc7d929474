"""C24, C25 with many readers, on both databases: `python -m tests.chaos.copies [READERS]`, 5,000 if not said."""

import os
import subprocess
import sys

READERS = "5000"
DUMPS = (
    "tests/subscribers/delivery/copies/test_real_dumps.py",
    "tests/subscribers/test_on_sqlite.py::test_a_file_put_back_or_copied_in_a_fan_out_tells_nobody_again",
)


def main() -> int:
    readers = (sys.argv[1:] or [READERS])[0]
    patient = ("-o", "faulthandler_timeout=0")  # 5,000 mails on SQLite take their time
    return subprocess.call(
        [sys.executable, "-m", "pytest", "-v", *patient, *DUMPS], env=os.environ | {"READERS": readers}
    )


if __name__ == "__main__":
    sys.exit(main())
