"""`python -m tests.forked_scripts`: runs scripts, each in a fork of a process that has imported what takes long.

A line of its input is a script and all of its environment, as JSON; a line of its output is the exit code, and what
the script wrote lies in the directory that it was started with. No setting was read before the fork.
"""

import json
import os
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

import csp.constants  # noqa: F401

import statuspage.environment  # noqa: F401

CHECKOUT = Path(__file__).parents[1]


class ForkedScripts:
    """A context manager; `run` is like subprocess.run([sys.executable, "-c", script])."""

    def __enter__(self):
        self._directory = tempfile.TemporaryDirectory()
        command = [sys.executable, "-m", "tests.forked_scripts", self._directory.name]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self._process = subprocess.Popen(command, cwd=CHECKOUT, env={"PATH": os.environ["PATH"]}, **pipes)
        return self

    def __exit__(self, *_):
        self._process.communicate()
        self._directory.cleanup()

    def run(self, script: str, environment: dict[str, str]) -> subprocess.CompletedProcess:
        self._process.stdin.write(json.dumps([script, environment]) + "\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline())
        output, errors = ((Path(self._directory.name) / name).read_text() for name in ("output", "errors"))
        return subprocess.CompletedProcess(script, code, output, errors)


def main(directory: str) -> None:
    """Return at the end of the input; no fork does."""
    for line in sys.stdin:
        script, environment = json.loads(line)
        if not (child := os.fork()):
            become(environment, Path(directory))
            end(script)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def become(environment: dict[str, str], directory: Path) -> None:
    os.environ.clear()
    os.environ.update(environment)
    for path, number in ((os.devnull, 0), (directory / "output", 1), (directory / "errors", 2)):
        os.dup2(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), number)


def end(script: str) -> None:
    """Run it, and end as Python does, but for taking its modules down: that takes twenty times as long as the rest."""
    code = 1
    try:
        exec(script, {"__name__": "__main__"})
        code = 0
    except SystemExit as said:  # with one line, as settings.py does
        print(said.code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main(sys.argv[1])
