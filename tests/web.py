"""The program's own production server, as `make up` starts it, on a database of the test's own choice."""

import os
import signal
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from statuspage.launcher import services
from tests import warm_starts
from tests.http_clients import Reply, Request, at_once
from tests.servers import Server, accepts

CHECKOUT = Path(__file__).parents[1]
IMPATIENT = "tests.journeys.impatient_wsgi:application"
WORKERS = 2  # as in statuspage.launcher.services
_LISTENS = "0A"  # the state in /proc/net/tcp


class Web(Server):
    """WORKERS workers. `application` is what they serve: the program's own, or an impatient one for short tests.

    `checkout`: where the program lies; this one, unless another is to be compared with it.
    """

    def __init__(
        self,
        database_url: str,
        data_dir: Path,
        application=IMPATIENT,
        parent: Path | None = None,
        *,
        threads=64,
        checkout: Path = CHECKOUT,
    ):
        super().__init__("web", parent)
        self.application = application
        self.data_dir = data_dir
        self.threads, self.checkout = threads, checkout
        self.environ = os.environ | {
            "DATABASE_URL": database_url,
            "DATA_DIR": str(data_dir),
            "SITE_URL": self.address,
            "DEMO_PASSWORD": "for-this-test-only",
            "WEB_THREADS": str(threads),
        }

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def command(self):
        return [*services.web(self.port, self.threads).command[:-1], self.application]

    def popen_options(self):
        return {"env": self.environ, "cwd": self.checkout}

    def is_ready(self) -> bool:
        """Whether every worker listens: each has a socket of its own, and on a busy machine one is seconds behind."""
        return listeners(self.port) == WORKERS

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Until nothing accepts any more: on a busy machine the workers outlive the main process by a moment."""
        super().kill(number)
        eventually(lambda: not accepts(self.port))

    def manage(self, *arguments: str) -> None:
        command = [sys.executable, "manage.py", *arguments]
        done = warm_starts.run(command, env=self.environ)
        assert done.returncode == 0, done.stderr

    def prepare(self) -> None:
        """Migrate, collect the static files and seed the demo."""
        for arguments in (["migrate"], ["collectstatic", "--no-input"], ["seed_demo"]):
            self.manage(*arguments)

    def get(self, path="/", seconds=20.0):
        """(status, headers, text); raises only for a connection that fails."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=seconds) as answer:
                return answer.status, answer.headers, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read().decode()

    def log(self) -> str:
        return (self.directory / "log").read_text()

    def builds(self, notes: str = "builds") -> list[tuple[float, int, str]]:
        """(seconds since 1970, process, path) of each answer that Django was asked for, or, with "built", gave; of an
        impatient one only."""
        try:
            lines = (self.data_dir / notes).read_text().splitlines()
        except FileNotFoundError:
            return []
        return [(float(at), int(pid), path) for at, pid, path in (line.split(" ", 2) for line in lines)]


def listeners(port: int) -> int:
    """How many sockets listen on 127.0.0.1:`port`."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(state == _LISTENS and address.endswith(f":{port:04X}") for _, address, _, state, *_ in lines)


def eventually(condition, seconds=20.0) -> float:
    """Returns the seconds it took until `condition()` was true; fails after `seconds`."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, "it did not come about"
        time.sleep(0.1)
    return time.monotonic() - began


def all_answers(web: Web, paths, each=12) -> list[Reply]:
    """Every path over `each` connections at once, so that every worker is asked."""
    return [reply for path in paths for reply in at_once(web.port, [Request(path)] * each)]


def is_confirmed(web: Web) -> bool:
    return all(reply.status == 200 and "last-confirmed" not in reply.headers for reply in all_answers(web, ["/"]))


def warm(web: Web, paths) -> None:
    """Every worker has every page."""
    for _ in range(2):
        assert {(reply.request.path, reply.status) for reply in all_answers(web, paths)} == {
            (path, 200) for path in paths
        }
