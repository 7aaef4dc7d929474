import os
import signal
import sys
import time

import pytest

from statuspage.launcher.processes import Child, Part

DEAF = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("WARNING deaf", flush=True)
time.sleep(600)
"""


def part(script: str, seconds: float = 20) -> Part:
    return Part("part", [sys.executable, "-c", script], seconds)


@pytest.fixture
def start(tmp_path):
    """Starts a script as a child; `said` is what the terminal would show."""
    children = []

    def start(script, **kwargs):
        said = []
        child = Child(part(script, **kwargs), logs=tmp_path, say=said.append)
        child.said = said
        children.append(child)
        return child

    yield start
    for child in children:
        child.kill()


def until(happened, seconds=20):
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_every_line_is_kept_and_the_first_warning_of_a_kind_is_shown(start):
    child = start("print('hello'); print('WARNING 1 a'); print('WARNING 2 a'); print('ERROR b'); print('# WARNING c')")
    until(lambda: child.process.poll() is not None)
    child.stop()
    assert child.log_file.read_text().splitlines() == ["hello", "WARNING 1 a", "WARNING 2 a", "ERROR b", "# WARNING c"]
    assert child.said == ["part     | WARNING 1 a", "part     | ERROR b"]


def test_a_child_that_dies_is_started_again_after_a_growing_pause(start):
    child = start("raise SystemExit(3)")
    first = child.process.pid
    child.process.wait()
    child.keep_alive()
    assert "part ended with status 3; again in 1 s." in child.said[0]
    assert child.process.pid == first
    until(lambda: (child.keep_alive(), child.process.pid != first)[1])
    child.process.wait()
    child.keep_alive()
    assert "again in 2 s." in child.said[1]


def test_a_child_that_is_killed_says_by_which_signal(start):
    child = start("import time; time.sleep(600)")
    os.kill(child.process.pid, signal.SIGKILL)
    child.process.wait()
    child.keep_alive()
    assert child.said[0].startswith("part was killed by signal 9")


def test_what_a_dead_child_started_goes_with_it(start):
    child = start(
        "import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
        "print('WARNING', p.pid, flush=True)"
    )
    until(lambda: child.said)
    grandchild = int(child.said[0].split()[-1])
    child.process.wait()
    child.keep_alive()
    until(lambda: is_gone(grandchild))


def test_a_child_that_does_not_listen_is_killed_and_that_is_said(start):
    child = start(DEAF, seconds=0.2)
    until(lambda: child.said)
    child.stop()
    assert child.process.returncode == -signal.SIGKILL
    assert child.said[-1] == "part did not stop within 0.2 s and was killed"


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    with open(f"/proc/{pid}/stat") as stat:
        return stat.read().split()[2] == "Z"
