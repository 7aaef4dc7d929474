"""What is dear to make: made by whoever needs it first, for all processes of a test run."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

RUN = "TESTS_RUN"  # names the run's directory in the environment


def made_once(name: str, make: Callable[[Path], None]) -> Path:
    """The directory that `make` has filled. To be read only, or copied."""
    run = Path(os.environ[RUN])
    done = run / name
    with (run / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            making = run / f"{name}.making"
            making.mkdir(mode=0o711)
            make(making)
            making.rename(done)
    return done
