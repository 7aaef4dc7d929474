"""The program's own processes, started as docs/running.md says, on the database of the tests."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from django.db import connection

from statuspage.launcher import services
from tests import warm_starts
from tests.servers import Redis, Server
from tests.sinks import HttpSink, SmtpSink

CHECKOUT = Path(__file__).resolve().parents[1]


def wait_until(happened: Callable[[], object], seconds: float = 120) -> None:
    """Return once `happened()`; raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{happened} did not happen within {seconds} s")
        time.sleep(0.05)


class Process(Server):
    """One part of the program. It is ready when its log says so."""

    def __init__(self, name: str, command: list[str], ready: str, environment: dict[str, str], directory: Path):
        self.name, self._command, self._ready, self._environment = name, command, ready, environment
        self.directory = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=directory))
        self.process: subprocess.Popen | None = None

    def command(self):
        return self._command

    def popen_options(self) -> dict:
        return {"cwd": CHECKOUT, "env": self._environment}

    def is_ready(self) -> bool:
        return self._ready in self.log()

    def log(self) -> str:
        return (self.directory / "log").read_text()


class Stack:
    """Redis and sinks of its own, where none are given; workers as they are asked for.

    `settings`: what else stands in the environment of the processes.
    """

    def __init__(self, directory: Path, *, smtp=None, sms=None, **settings: str):
        self.directory = directory
        self.redis = Redis(directory)
        self.smtp, self.sms = smtp or SmtpSink(directory), sms or HttpSink(directory)
        self.settings = settings
        self.processes: list[Process] = []

    def environment(self) -> dict[str, str]:
        database = connection.settings_dict
        return os.environ | {
            "DATABASE_URL": f"postgres://{database['USER']}@{database['HOST']}:{database['PORT']}/{database['NAME']}",
            "REDIS_URL": self.redis.url,
            "EMAIL_URL": f"smtp://127.0.0.1:{self.smtp.port}",
            "SMS_URL": self.sms.url,
            "DATA_DIR": str(self.directory),
            **self.settings,
        }

    def worker(self, *options: str) -> Process:
        return self._start("worker", [*services.worker().command, *options], " ready.")

    def beat(self, name: str = "") -> Process:
        return self._start("beat", services.beat(self.directory / name).command, "beat: Starting")

    def dispatch(self, *options: str) -> Process:
        return self._start("dispatch", [*services.dispatch().command, *options], "")

    def _start(self, name: str, command: list[str], ready: str) -> Process:
        process = Process(name, command, ready, self.environment(), self.directory)
        self.processes.append(process)
        process.start()
        return process

    def manage(self, *arguments: str) -> str:
        """Run manage.py; returns what it printed."""
        command = [sys.executable, "manage.py", *arguments]
        done = warm_starts.run(command, env=self.environment(), timeout=300)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def __enter__(self):
        self.smtp.__enter__()
        self.sms.__enter__()
        self.redis.start()
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            process.stop()
        self.redis.stop()
        self.sms.__exit__()
        self.smtp.__exit__()
