"""`python -m tests.warm_starts DESCRIPTOR`: starts the program's processes, forks of one that imported the libraries.

So a start takes a third of the processor time. Nothing of ours is imported before the fork: it would hold settings, or
memory that all forks share. pytest starts it, once a run, and it imports when it is first asked. Outside of a run
(bench, the long trials) a process is started as usual.

A connection is a process: its request has the command and all of the environment as JSON, with the descriptors of
output and errors; the answers are its number and, once it has ended, its exit code. It remains a zombie until the
asker has seen that, as any child does, and does not outlive the connection.
"""

import contextlib
import ctypes
import gc
import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.made_once import RUN

CHECKOUT = Path(__file__).parents[1]
_SOCKET = "warm-starts"  # in the run's directory
_PR_SET_PDEATHSIG = 1
MOST = 1 << 17  # bytes of a request
LIBRARIES = """
    asyncio celery.apps.beat celery.apps.worker celery.bin.celery celery.concurrency.prefork
    celery.fixups.django csp.constants django.core.cache.backends.locmem django.core.cache.backends.redis
    django.core.handlers.wsgi django.core.mail.backends.smtp django.core.management
    django.db.backends.postgresql.base django.db.backends.sqlite3.base django.db.migrations.executor
    django.db.models django.forms django.template.loader_tags django.template.loaders.cached
    django.template.loaders.filesystem django.test.client django.urls django.utils.translation.trans_real
    django.views.generic environ granian.cli granian.server granian.wsgi http.client icalendar
    kombu.transport.redis markdown phonenumbers psycopg smtplib whitenoise.middleware
"""


class Warm:
    """What subprocess.Popen is, of `command`: a Python's, in this checkout, a session of its own."""

    def __init__(self, command: list[str], *, env: Mapping[str, str], stdout, stderr):
        self.args = command
        self.returncode: int | None = None
        self._asked = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._asked.connect(f"{os.environ[RUN]}/{_SOCKET}")
        request = json.dumps([[str(word) for word in command[1:]], dict(env)]).encode()
        socket.send_fds(self._asked, [request], [stdout.fileno(), stderr.fileno()])
        self.pid = int(self._asked.recv(20))

    def wait(self, timeout: float | None = None) -> int:
        """Raises subprocess.TimeoutExpired."""
        if self.returncode is None:
            self._asked.settimeout(timeout)
            try:
                self.returncode = int(self._asked.recv(20))
            except (TimeoutError, BlockingIOError) as error:
                raise subprocess.TimeoutExpired(self.args, timeout or 0) from error
            self._asked.close()
        return self.returncode

    def poll(self) -> int | None:
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def leave(self) -> None:
        """Let its whole group be killed, and look no more."""
        self._asked.close()

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)


def is_for(command: list, *, cwd: Path | str = "", **options) -> bool:
    """Whether there is one, and nothing else is asked of Popen than where, in what environment."""
    is_ours = command[0] == sys.executable and Path(cwd) == CHECKOUT and not options.keys() - {"env"}
    return is_ours and RUN in os.environ and Path(os.environ[RUN], _SOCKET).exists()


def run(command: list, *, env: dict[str, str], timeout: float | None = None) -> subprocess.CompletedProcess:
    """subprocess.run in this checkout, with output and errors captured as text."""
    if not is_for(command, cwd=CHECKOUT):
        return subprocess.run(command, cwd=CHECKOUT, env=env, capture_output=True, text=True, timeout=timeout)
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        process = Warm(command, env=env, stdout=output, stderr=errors)
        try:
            code = process.wait(timeout)
        finally:
            process.leave()
        said = []
        for stream in (output, errors):
            stream.seek(0)
            said.append(stream.read().decode())
    return subprocess.CompletedProcess(command, code, *said)


class Starter:
    """Forks for whoever connects, in one thread."""

    def __init__(self, listener: socket.socket):
        self.listener = listener
        self.watched = selectors.DefaultSelector()
        self.watched.register(self.listener, selectors.EVENT_READ, self.connect)

    def serve(self) -> tuple[list[str], dict[str, str], list[int]]:
        """Return in each fork, with what it is to be; never in this process."""
        while True:
            for key, _ in self.watched.select():
                if asked := key.data(key.fileobj):
                    return asked

    def connect(self, listener: socket.socket) -> None:
        connection, _ = listener.accept()
        self.watched.register(connection, selectors.EVENT_READ, self.start)

    def start(self, connection: socket.socket):
        request, descriptors, _, _ = socket.recv_fds(connection, MOST, 2)
        self.watched.unregister(connection)
        if not request:
            connection.close()
            return None
        if not (pid := os.fork()):
            os.setsid()
            connection.send(str(os.getpid()).encode())
            return *json.loads(request), descriptors
        for descriptor in descriptors:
            os.close(descriptor)
        child = Child(pid, connection, self.watched)
        self.watched.register(child.handle, selectors.EVENT_READ, child.tell)
        self.watched.register(connection, selectors.EVENT_READ, child.leave)
        return None


class Child:
    def __init__(self, pid: int, connection: socket.socket, watched: selectors.BaseSelector):
        self.pid, self.connection, self.watched = pid, connection, watched
        self.handle = os.pidfd_open(pid)

    def tell(self, handle: int) -> None:
        """It has ended."""
        self.watched.unregister(handle)
        os.close(handle)
        ended = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
        code = ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status
        if self.connection.fileno() < 0:
            os.waitpid(self.pid, 0)
        else:
            with contextlib.suppress(BrokenPipeError):  # then `leave` is next
                self.connection.send(str(code).encode())

    def leave(self, connection: socket.socket) -> None:
        """The asker has read how it ended, or is gone."""
        self.watched.unregister(connection)
        connection.close()
        if self.handle not in self.watched.get_map():
            os.waitpid(self.pid, 0)
            return
        for end, whom in ((os.killpg, self.pid), (os.kill, self.pid)):  # it may not lead its group yet
            with contextlib.suppress(ProcessLookupError):
                end(whom, signal.SIGKILL)


def become(command: list[str], environment: dict[str, str], descriptors: list[int]) -> None:
    """Run `command`, the words after "python", as it would run in a process of its own."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    os.environ.clear()
    os.environ.update(environment)
    for number, descriptor in enumerate((os.open(os.devnull, os.O_RDWR), *descriptors)):
        os.dup2(descriptor, number)
    os.closerange(3, 1024)
    if command[0] == "-m":
        sys.argv = command[1:]
        runpy.run_module(command[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = command
        runpy.run_path(command[0], run_name="__main__")


def listen() -> subprocess.Popen:
    """Start it, for the processes of this run."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(f"{os.environ[RUN]}/{_SOCKET}")
        listener.listen(64)
        command = [sys.executable, "-m", "tests.warm_starts", str(listener.fileno())]
        environment = {"PATH": os.environ["PATH"]}
        return subprocess.Popen(
            command, cwd=CHECKOUT, env=environment, pass_fds=[listener.fileno()], start_new_session=True
        )


def main(descriptor: int) -> None:
    starter = Starter(socket.socket(fileno=descriptor))
    starter.watched.select()
    for name in LIBRARIES.split():
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    become(*starter.serve())


if __name__ == "__main__":
    main(int(sys.argv[1]))
