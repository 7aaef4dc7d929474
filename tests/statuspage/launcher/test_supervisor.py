"""The supervisor takes over the signals of its process, so it runs in one of its own."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[3]
SCRIPT = """
import sys
from pathlib import Path
from statuspage.launcher.processes import Part
from statuspage.launcher.supervisor import Supervisor

def say(line):
    print(line, flush=True)

part = '''import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: {answer})
print("WARNING ready", flush=True)
while True:
    time.sleep(0.1)
'''.format(answer=sys.argv[2])
supervisor = Supervisor(logs=Path(sys.argv[1]), say=say)
for name in ("first", "second"):
    supervisor.start(Part(name, [sys.executable, "-c", part], seconds=60))
supervisor.wait_for(lambda: False)
say("asked")
supervisor.stop()
say("stopped")
"""


@pytest.fixture
def supervise(tmp_path):
    """A supervisor with the parts `first` and `second`, which give `answer` to SIGTERM; returned once they run."""
    processes = []

    def supervise(answer: str) -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT, str(tmp_path), answer], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True
        )
        processes.append(process)
        ready = {process.stdout.readline() for _ in range(2)}
        assert ready == {"first    | WARNING ready\n", "second   | WARNING ready\n"}
        return process

    yield supervise
    for process in processes:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_the_parts_the_last_started_first(supervise, number):
    process = supervise("(print('ERROR bye', flush=True), sys.exit())")
    process.send_signal(number)
    lines = process.communicate(timeout=30)[0].splitlines()
    assert lines == ["asked", "second   | ERROR bye", "first    | ERROR bye", "stopped"]
    assert process.returncode == 0


def test_the_same_signal_passed_on_twice_at_once_is_one(supervise):
    process = supervise("sys.exit()")
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 0


def test_a_second_ctrl_c_ends_parts_that_do_not_stop(supervise):
    process = supervise("None")
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == "asked\n"
    while process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(0.3)
        except subprocess.TimeoutExpired:
            continue
    assert process.returncode == 130
    assert process.stdout.read() == ""
