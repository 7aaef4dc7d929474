"""What `make up` takes of memory: `python -m tests.bench.memory [--checkout DIRECTORY]`.

The demo and one publish; then what all its processes hold (PSS: what several share counts once), by process.
`--checkout`: where the program lies; this one, unless another is to be compared with it.
"""

import argparse
import os
import re
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from tests.bench.figures import at_most, row, verdict
from tests.bench.processes import family, proportional_mb
from tests.bench.site import place
from tests.pytest_plugin import names_of_settings
from tests.servers import free_port
from tests.web import CHECKOUT

PROMISED = 330  # MB
CALM_AFTER = 15  # seconds: what is built and sent after a publish is over
_NAMES = {
    "valkey": "Redis",
    "redis-server": "Redis",
    "dispatch": "dispatch",
    "beat": "scheduler",
    "worker --": "worker",
    "granian": "web",
    "launcher": "launcher",
}
_PUBLISH = ["incident", "open", "--title", "Card payments fail", "--severity", "P1", "--body", "We look into it."]
_PUBLISH += ["--component", "Card processing=partial_outage", "--next-update", "30m"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkout", type=Path, default=CHECKOUT)
    checkout = parser.parse_args().checkout
    with place() as directory, started(checkout, directory) as (launcher, environment):
        subprocess.run(
            [sys.executable, "manage.py", *_PUBLISH, "--anyway"],
            cwd=checkout,
            env=environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        time.sleep(CALM_AFTER)
        show(family(launcher.pid))
    return verdict()


@contextmanager
def started(checkout: Path, directory: Path):
    """The launcher and its environment, once its page answers; ended afterwards."""
    environment = os.environ | dict.fromkeys(names_of_settings(), "")
    environment |= {"PORT": str(free_port()), "DATA_DIR": str(directory / "data")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # each start would compile everything anew
    process = subprocess.Popen(
        [sys.executable, "-m", "statuspage.launcher"],
        cwd=checkout,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        said = ""
        while "Ctrl-C stops everything" not in said:
            said = process.stdout.readline()
            if not said:
                raise RuntimeError("make up did not come up")
        yield process, environment
    finally:
        process.terminate()
        process.wait(60)


def show(pids: list[int]) -> None:
    found: dict[str, list[float]] = {}
    for pid in pids:
        found.setdefault(_name(pid), []).append(proportional_mb([pid]))
    for name, figures in sorted(found.items()):
        row(name, f"{sum(figures):.0f} MB", " + ".join(f"{figure:.0f}" for figure in figures))
    total = sum(map(sum, found.values()))
    row("all of `make up`", f"{total:.0f} MB", f"{len(pids)} processes", at_most(PROMISED, total))


def _name(pid: int) -> str:
    command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    return next((name for mark, name in _NAMES.items() if re.search(mark, command)), command[:40])


if __name__ == "__main__":
    sys.exit(main())
