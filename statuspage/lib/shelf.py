"""Public answers on disk, so that a process that starts while the database is down still has a page."""

import contextlib
import hashlib
import json
import logging
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from .answer import Answer

_log = logging.getLogger(__name__)
_CONFIRMED = "confirmed"
_MAGIC = b"statuspage answer 1 "


class Shelf:
    """A directory with one file a path. Every write is whole or absent; what is not ours or not whole is ignored."""

    def __init__(self, directory: Path):
        self.directory = directory

    def keep(self, path: str, answer: Answer) -> None:
        """Write `answer` unless the same or a newer one is there. A full disk is logged and changes nothing."""
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            file = self._file(path)
            kept = _read(file)
            if kept is None or (kept[1].version <= answer.version and kept[1].raw != answer.raw):
                self._write(file, _dump(path, answer))
        except OSError as error:
            _log.warning("cannot keep %s: %s", path, error)

    def forget(self, path: str) -> None:
        """Take away what is kept of `path`, if anything."""
        with contextlib.suppress(OSError):
            self._file(path).unlink(missing_ok=True)

    def load(self) -> Iterator[tuple[str, Answer]]:
        """Every whole file as (path, answer)."""
        with contextlib.suppress(OSError):
            for file in sorted(self.directory.glob("*.answer")):
                if (kept := _read(file)) and self._file(kept[0]) == file:
                    yield kept

    def confirm(self) -> None:
        """Note that what is kept is current as of now."""
        with contextlib.suppress(OSError):
            self.directory.mkdir(parents=True, exist_ok=True)
            (self.directory / _CONFIRMED).touch()

    @property
    def confirmed_at(self) -> float:
        """When it was last noted, by any process: seconds since 1970; 0 if never."""
        try:
            return (self.directory / _CONFIRMED).stat().st_mtime
        except OSError:
            return 0.0

    def _file(self, path: str) -> Path:
        return self.directory / f"{hashlib.sha256(path.encode()).hexdigest()[:40]}.answer"

    def _write(self, file: Path, content: bytes) -> None:
        handle, name = tempfile.mkstemp(dir=self.directory, suffix=".new")
        try:
            with open(handle, "wb") as new:
                new.write(content)
            os.replace(name, file)
        except BaseException:
            os.unlink(name)
            raise


def _dump(path: str, answer: Answer) -> bytes:
    headers, body = answer.raw
    about = {
        "path": path,
        "status": answer.status,
        "headers": headers,
        "version": answer.version,
    }
    content = json.dumps(about).encode() + b"\n" + body
    return _MAGIC + hashlib.sha256(content).hexdigest().encode() + b"\n" + content


def _read(file: Path) -> tuple[str, Answer] | None:
    try:
        seal, _, content = file.read_bytes().partition(b"\n")
        if seal != _MAGIC + hashlib.sha256(content).hexdigest().encode():
            return None
        about, _, body = content.partition(b"\n")
        about = json.loads(about)
        headers = [(name, value) for name, value in about["headers"]]
        return about["path"], Answer(about["status"], headers, body, about["version"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
