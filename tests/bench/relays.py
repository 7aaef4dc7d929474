"""Postfix's own tools: a sink that takes and forgets, and a source in C that sends as fast as it is answered."""

import os
import shutil
import subprocess
import time
from functools import cache
from pathlib import Path

from tests.bench.figures import missing
from tests.fast_sinks import FastSmtpSink
from tests.servers import Server

_TOOLS = {name: shutil.which(name) or shutil.which(name, path="/usr/sbin") for name in ("smtp-source", "smtp-sink")}
BYTES = 8_000


@cache
def has_source() -> bool:
    """Where it has not, that is said, once."""
    return _has("smtp-source", "the comparison with it")


def sink(parent: Path) -> Server:
    """Postfix's where it is installed, else ours in Python, which costs as much."""
    return (PostfixSink if _has("smtp-sink", "Postfix's own sink") else FastSmtpSink)(parent)


def _has(tool: str, what: str) -> bool:
    if not _TOOLS[tool]:
        missing(tool, "postfix", what)
    return bool(_TOOLS[tool])


class PostfixSink(Server):
    """A context manager."""

    def __init__(self, parent: Path):
        super().__init__("smtp-sink", parent)

    def command(self):
        plain = ["-u", "nobody"] if os.getuid() == 0 else []
        return [_TOOLS["smtp-sink"], *plain, f"127.0.0.1:{self.port}", "1000"]

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()


def smtp_source(port: int, mails: int, sessions: int, *, keep: bool = True) -> float:
    """Mails a second. `keep`: mail after mail over one connection, as ours go; its own habit is one connection each."""
    options = ["-s", str(sessions), "-m", str(mails), "-l", str(BYTES), "-f", "a@b.test", "-t", "c@d.test"]
    began = time.perf_counter()
    subprocess.run([_TOOLS["smtp-source"], *(["-d"] if keep else []), *options, f"127.0.0.1:{port}"], check=True)
    return mails / (time.perf_counter() - began)


def standing(port: int) -> int:
    """How many connections a server on 127.0.0.1 has just now."""
    lines = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    return sum(local.endswith(f":{port:04X}") and state == "01" for _, local, _, state, *_ in lines)
