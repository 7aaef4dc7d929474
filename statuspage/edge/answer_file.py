"""One public answer as a file that tells whether it is whole."""

import hashlib
import json
import os
import stat
from pathlib import Path
from typing import NamedTuple

from .answer import Answer

_MAGIC = b"statuspage answer 1 "
_LARGEST = 20_000_000  # bytes
_LONGEST = 65_536  # bytes of a line before the body


class Stored(NamedTuple):
    """One whole file."""

    path: str
    status: str
    headers: list[tuple[str, str]]
    version: int
    body: bytes

    def answer(self) -> Answer:
        return Answer(self.status, self.headers, self.body, self.version)


def mark(file: Path) -> tuple:
    """Changes with the file's content; sorts by its last use."""
    try:
        about = file.lstat()
    except OSError:
        return (0, 0, 0)
    return (about.st_mtime_ns, about.st_ino, about.st_size)


def dump(path: str, answer: Answer) -> bytes:
    headers, body = answer.raw
    about = {
        "path": path,
        "status": answer.status,
        "headers": headers,
        "version": answer.version,
    }
    content = json.dumps(about).encode() + b"\n" + body
    return _MAGIC + hashlib.sha256(content).hexdigest().encode() + b"\n" + content


def read(file: Path) -> Stored | None:
    try:
        seal, _, content = _content(file).partition(b"\n")
        if seal != _MAGIC + hashlib.sha256(content).hexdigest().encode():
            return None
        about, _, body = content.partition(b"\n")
        about = json.loads(about)
        headers = [(name, value) for name, value in about["headers"]]
        return Stored(about["path"], about["status"], headers, about["version"], body)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def version_of(file: Path) -> int | None:
    """Return the page version of what is kept in a file; its first lines tell, whether it is whole or not. None for
    what is not ours."""
    try:
        with open(os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as stream:
            is_ours = stream.readline(_LONGEST).startswith(_MAGIC)
            return int(json.loads(stream.readline(_LONGEST))["version"]) if is_ours else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _content(file: Path) -> bytes:
    """Return the content of a plain file: a link leads elsewhere, and a pipe would be waited for. Raises OSError."""
    with open(os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as stream:
        about = os.fstat(stream.fileno())
        return stream.read() if stat.S_ISREG(about.st_mode) and about.st_size < _LARGEST else b""
