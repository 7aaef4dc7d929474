"""`make up` for real: its own port and data directory, SQLite and the broker of the wheel."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.journeys.browsing import Visitor
from tests.pytest_plugin import names_of_settings
from tests.servers import free_port

NOTHING_GIVEN = dict.fromkeys(names_of_settings(), "")  # empty, or the developer's .env would fill it
CHECKOUT = Path(__file__).resolve().parents[2]


class Stack:
    """The launcher, given nothing but a port and a directory; no Redis on its PATH."""

    def __init__(self, data_dir: Path, port: int | None = None, **environment):
        self.port = port or free_port()
        self.data_dir = data_dir
        self.output = ""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "statuspage.launcher"],
            cwd=CHECKOUT,
            env=NOTHING_GIVEN
            | {"PATH": str(Path(sys.executable).parent), "PORT": str(self.port), "DATA_DIR": str(data_dir)}
            | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def end(self, number: int = signal.SIGTERM) -> int:
        """Ask it to end. Returns its status; nothing may be left of it after 20 seconds."""
        self.process.send_signal(number)
        try:
            self.output += self.process.communicate(timeout=20)[0]
        finally:
            for pid in self.processes():
                os.kill(pid, signal.SIGKILL)
        return self.process.returncode

    def wait_until_up(self) -> str:
        """What it printed once the page answers."""
        for line in self.process.stdout:
            self.output += line
            if "Ctrl-C stops everything" in line:
                return self.output
        pytest.fail(f"it did not come up:\n{self.output}")

    @property
    def password(self) -> str:
        return re.search(r"with the password (\S+)", self.output)[1]

    def processes(self, *words: str) -> list[int]:
        """All that run with this data directory, the launcher too; `words`: only those with these in their command."""
        mine = f"DATA_DIR={self.data_dir}".encode()
        socket_of_broker = f"unixsocket:{self.data_dir}/"  # it writes this over its environment
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                environment, command = (entry / "environ").read_bytes(), (entry / "cmdline").read_text()
            except OSError:  # gone in between
                continue
            is_ours = mine in environment.split(b"\0") or socket_of_broker in command
            if is_ours and all(word in command.split("\0") for word in words):
                found.append(int(entry.name))
        return sorted(found)


def eventually(happened: Callable[[], object], seconds: float = 90):
    """What `happened` returns once that is true."""
    deadline = time.monotonic() + seconds
    while not (result := happened()):
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.2)
    return result


def publish(visitor: Visitor, title: str) -> None:
    visitor.submit("/admin/console/incidents/new/?template=none", title=title, severity="P2", body="We are on it.")
    assert "No component is named" in visitor.text
    assert visitor.send(body="We are on it.").status == 200
    assert title in visitor.text


@pytest.mark.long
def test_one_command_runs_everything_keeps_it_and_stops_it(tmp_path):
    data_dir = tmp_path / "data"
    with Stack(data_dir) as stack:
        assert f"http://localhost:{stack.port}/" in stack.wait_until_up()
        assert data_dir.stat().st_mode & 0o777 == 0o700
        password = stack.password
        lead = Visitor(f"http://localhost:{stack.port}")
        assert lead.get("/").status == 200
        for name in ("support", "admin", "lead"):
            lead = Visitor(f"http://localhost:{stack.port}")
            assert lead.log_in(name, password).url.endswith("/admin/console/"), f"{name} cannot log in"

        publish(lead, "Orders arrive late")
        eventually(lambda: "Orders arrive late" in lead.get("/outbox/").text)
        eventually(lambda: "Orders arrive late" in lead.get("/").text)

        (worker, *_) = stack.processes("celery", "worker")
        os.kill(worker, signal.SIGKILL)
        eventually(lambda: (now := stack.processes("celery", "worker")) and worker not in now)
        publish(lead, "Orders arrive twice")
        eventually(lambda: "Orders arrive twice" in lead.get("/outbox/").text)

        assert stack.end() == 0
        assert "worker was killed by signal 9" in stack.output
        assert stack.processes() == []

    with Stack(data_dir) as again:
        again.wait_until_up()
        assert again.password == password
        assert "Orders arrive late" in Visitor(f"http://localhost:{again.port}").get("/").text


def refusal(stack: Stack) -> str:
    stack.output, _ = stack.process.communicate(timeout=60)
    assert stack.process.returncode == 1
    assert stack.processes() == []
    return stack.output


def test_a_busy_port_is_said_in_one_line(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = refusal(Stack(tmp_path / "data", port=port))
    assert line == f"make up: Port {port} cannot be used (Address already in use). Try another: PORT=8001 make up\n"


def test_a_data_directory_that_cannot_be_written_is_said_in_one_line():
    line = refusal(Stack(Path("/dev/null/data")))
    assert line == "make up: DATA_DIR=/dev/null/data cannot be written (Not a directory). Give another one.\n"


@pytest.mark.parametrize("port", ["0", "eight", "70000"])
def test_a_port_that_is_none_is_said_in_one_line(tmp_path, port):
    line = refusal(Stack(tmp_path, PORT=port))
    assert line == f"make up: PORT={port} is not a port: give a number from 1 to 65535.\n"


def test_a_database_that_does_not_answer_is_said_in_one_line(tmp_path):
    nowhere = f"postgres://u:p@127.0.0.1:{free_port()}/n"
    line = refusal(Stack(tmp_path / "data", DATABASE_URL=nowhere))
    assert line.startswith("make up: The database cannot be used: connection")
    assert line.count("\n") == 1
