"""The parts of the program: what runs, with which command. docs/running.md names the same commands."""

import sys
from pathlib import Path

from .processes import Part

_PYTHON = [sys.executable, "-m"]
_CELERY = [*_PYTHON, "celery", "-A", "statuspage.celery"]


def dispatch(schedule: Path | None = None) -> Part:
    """Delivers without a broker what the workers do not come to. `schedule`: the file of the scheduler, which it then
    is too."""
    scheduling = [f"--schedule={schedule}"] if schedule else []
    return Part("dispatch", [sys.executable, "manage.py", "dispatch", *scheduling], seconds=5)


def beat(data_dir: Path) -> Part:
    schedule = data_dir / "beat-schedule"
    return Part("beat", [*_CELERY, "beat", "--loglevel=INFO", "--pidfile=", f"--schedule={schedule}"], seconds=3)


def worker() -> Part:
    """Consumes every queue of statuspage.celery."""
    return Part("worker", [*_CELERY, "worker", "--concurrency=2", "--loglevel=INFO"], seconds=8)


def web(port: int, threads: int) -> Part:
    options = [
        *("--interface", "wsgi"),
        *("--host", "127.0.0.1"),
        *("--port", str(port)),
        *("--workers", "2"),
        *("--blocking-threads", str(threads)),
        # A kept-open connection counts, also an idle one: with the default of 512 the next reader waited for good.
        *("--backpressure", "8192"),
        *("--workers-kill-timeout", "5"),
        # One that dies is replaced; without it granian ends the others too.
        "--respawn-failed-workers",
    ]
    return Part("web", [*_PYTHON, "granian", *options, "statuspage.wsgi:application"], seconds=7)
