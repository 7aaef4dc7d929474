"""A process that is forked from a warm one is what one of its own would be."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from statuspage.launcher.processes import die_with_parent
from tests import warm_starts
from tests.processes import wait_until
from tests.warm_starts import CHECKOUT, LIBRARIES, Warm

SAYS = "tests.statuspage.says"


@pytest.fixture
def log(tmp_path):
    with (tmp_path / "log").open("w+b") as log:
        yield log


def started(log, *words: str, **environment: str) -> Warm:
    command = [sys.executable, "-m", SAYS, *words]
    assert warm_starts.is_for(command, cwd=CHECKOUT)
    return Warm(command, env={"PATH": os.environ["PATH"], **environment}, stdout=log, stderr=log)


def said(log) -> str:
    return Path(log.name).read_text()


def test_it_has_the_words_the_environment_the_place_and_a_session_of_its_own(log):
    process = started(log, "one", "two words", OF_THIS="only")
    assert process.wait(60) == 0
    name = f"{CHECKOUT}/tests/statuspage/says.py"
    assert said(log).splitlines() == [
        f"{[name, 'one', 'two words']} in {CHECKOUT}",
        f"{sorted(['PATH', 'OF_THIS'])}",
        f"leads {process.pid}, open [0, 1, 2]",
        "nothing of the site is loaded",
    ]


@pytest.mark.parametrize("code", [0, 3])
def test_its_exit_code_is_told(log, code):
    process = started(log, "end", str(code))
    assert process.wait(60) == code
    assert process.poll() == code


def test_a_signal_is_told_as_a_negative_code_and_until_then_it_runs(log):
    process = started(log, "wait")
    wait_until(lambda: "waits" in said(log))
    assert process.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    assert process.wait(60) == -signal.SIGKILL


def test_whoever_has_not_seen_its_end_can_still_signal_its_number(log):
    process = started(log)
    wait_until(lambda: "nothing of the site" in said(log))
    os.kill(process.pid, 0)
    assert process.wait(60) == 0
    wait_until(lambda: not Path(f"/proc/{process.pid}").exists())


def test_it_does_not_outlive_whoever_asked_for_it(log):
    process = started(log, "wait")
    wait_until(lambda: "waits" in said(log))
    process.leave()
    wait_until(lambda: not Path(f"/proc/{process.pid}").exists())


def test_no_library_brings_a_thread_or_anything_of_ours():
    """Neither is the same in a fork."""
    script = (
        f"import importlib, sys, threading\nfor name in {LIBRARIES.split()}: importlib.import_module(name)\n"
        "ours = ('statuspage', 'incidents', 'subscribers')\n"
        "print(threading.active_count(), [name for name in sys.modules if name.startswith(ours)])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=CHECKOUT, capture_output=True, text=True, preexec_fn=die_with_parent
    )
    assert done.stdout == "1 []\n", done.stderr
