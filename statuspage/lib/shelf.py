"""Public answers on disk, so that a process that starts while the database is down still has a page.

Not synced: after a power cut a file may be torn or missing, which its seal tells, and the truth is in the database,
which does sync. A disk that syncs slowly would make every publish slow instead.
"""

import contextlib
import fcntl
import hashlib
import json
import logging
import os
import stat
import time
from collections.abc import Iterator, Mapping
from functools import wraps
from pathlib import Path
from typing import NamedTuple

from .answer import Answer
from .files import replace

_log = logging.getLogger(__name__)
_CONFIRMED, _OLDEST, _LOCK = "confirmed", "oldest", "lock"
_MAGIC = b"statuspage answer 1 "
MOST_FILES = 1000
LOCK_WAIT = 0.2  # seconds; who holds the lock longer is frozen
LOG_EVERY = 600.0  # seconds between two complaints about the same disk
_LARGEST = 20_000_000  # bytes


class Kept(NamedTuple):
    """One whole file."""

    path: str
    status: str
    headers: list[tuple[str, str]]
    version: int
    body: bytes

    def answer(self) -> Answer:
        return Answer(self.status, self.headers, self.body, self.version)


def _alone(write):
    """One writer at a time among all processes; a killed one lets go by itself. A fault is logged and ends it."""

    @wraps(write)
    def alone(self, *args):
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            with open(self.directory / _LOCK, "ab") as lock:
                _take(lock)
                write(self, *args)
        except OSError as error:
            if time.monotonic() - self.complained_at > LOG_EVERY:
                self.complained_at = time.monotonic()
                _log.warning("cannot keep the published answers in %s: %s", self.directory, error)

    return alone


class Shelf:
    """A directory with one file a path, shared by all processes of a machine.

    Every write is whole or absent; what is not ours or not whole is ignored. No fault of the disk reaches the caller:
    it is logged, and what could not be written is missing.
    """

    def __init__(self, directory: Path):
        self.directory = directory
        self._read_before: dict[str, tuple] = {}  # by `newer`: a file's name and what marks its content
        self.complained_at = float("-inf")

    # --- Writing ------------------------------------------------------------------------------------

    @_alone
    def keep(self, path: str, answer: Answer) -> None:
        """Write `answer` unless the same or a newer one is there, or what it may show was withdrawn since."""
        file = self._file(path)
        kept = _read(file)
        if answer.version < self.oldest_shown or (kept and kept.version > answer.version):
            return
        if kept and (kept.headers, kept.body) == answer.raw:
            os.utime(file)  # it is in use: see `_tidy`
        else:
            replace(file, _dump(path, answer))

    def forget(self, path: str) -> None:
        """Take away what is kept of `path`, if anything."""
        with contextlib.suppress(OSError):
            self._file(path).unlink(missing_ok=True)

    @_alone
    def withdraw(self, oldest: int) -> None:
        """Nothing of a page version before `oldest` may be shown again, whoever wrote it or still will."""
        if oldest > self.oldest_shown:
            replace(self.directory / _OLDEST, b"%d" % oldest)
            self._remove(lambda kept: kept.version < oldest)

    @_alone
    def belong_to(self, version: int) -> None:
        """Take away what is newer than the database's page `version`: it is of another one, before a restore."""
        if self.oldest_shown > version:
            (self.directory / _OLDEST).unlink()
        self._remove(lambda kept: kept.version > version)

    def confirm(self) -> None:
        """Note that what is kept is current as of now."""
        with contextlib.suppress(OSError):
            self.directory.mkdir(parents=True, exist_ok=True)
            (self.directory / _CONFIRMED).touch()

    # --- Reading ------------------------------------------------------------------------------------

    def load(self) -> Iterator[tuple[str, Answer]]:
        """Every whole file that may be shown as (path, answer), the front page first, then by last use."""
        self._tidy()
        for kept in self._kept(self._files()):
            yield kept.path, kept.answer()

    def newer(self, versions: Mapping[str, int]) -> Iterator[tuple[str, Answer]]:
        """What other processes kept of a later page version than `versions` has for its path; each file once."""
        for file in self._files():
            mark = _mark(file)
            if mark != self._read_before.get(file.name):
                self._read_before[file.name] = mark
                for kept in self._kept([file]):
                    if kept.version > versions.get(kept.path, -1):
                        yield kept.path, kept.answer()

    @property
    def confirmed_at(self) -> float:
        """When it was last noted, by any process: seconds since 1970; 0 if never."""
        try:
            return (self.directory / _CONFIRMED).stat().st_mtime
        except OSError:
            return 0.0

    @property
    def oldest_shown(self) -> int:
        """The page version before which nothing may be shown; 0 where nothing was withdrawn."""
        try:
            return int((self.directory / _OLDEST).read_bytes())
        except (OSError, ValueError):
            return 0

    # --- Inside -------------------------------------------------------------------------------------

    def _file(self, path: str) -> Path:
        return self.directory / f"{hashlib.sha256(path.encode()).hexdigest()[:40]}.answer"

    def _files(self) -> list[Path]:
        try:
            files = list(self.directory.glob("*.answer"))
        except OSError:
            return []
        front = self._file("/")
        return sorted(files, key=lambda file: (file == front, _mark(file)), reverse=True)

    def _kept(self, files: list[Path]) -> Iterator[Kept]:
        oldest = self.oldest_shown
        for file in files:
            kept = _read(file)
            if kept and self._file(kept.path) == file and kept.version >= oldest:
                yield kept

    def _remove(self, is_unwanted) -> None:
        for file in self._files():
            if (kept := _read(file)) and is_unwanted(kept):
                file.unlink(missing_ok=True)

    @_alone
    def _tidy(self) -> None:
        """Take away what a killed writer left unfinished, and what nobody used for longest where there is too much."""
        for file in [*self.directory.glob("*.new"), *self._files()[MOST_FILES:]]:
            if not file.is_dir():
                file.unlink(missing_ok=True)


def _take(lock) -> None:
    """Raises BlockingIOError after LOCK_WAIT."""
    until = time.monotonic() + LOCK_WAIT
    while True:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise
            time.sleep(0.005)


def _mark(file: Path) -> tuple:
    """Changes with the file's content; sorts by its last use."""
    try:
        about = file.lstat()
    except OSError:
        return (0, 0, 0)
    return (about.st_mtime_ns, about.st_ino, about.st_size)


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


def _read(file: Path) -> Kept | None:
    try:
        seal, _, content = _content(file).partition(b"\n")
        if seal != _MAGIC + hashlib.sha256(content).hexdigest().encode():
            return None
        about, _, body = content.partition(b"\n")
        about = json.loads(about)
        headers = [(name, value) for name, value in about["headers"]]
        return Kept(about["path"], about["status"], headers, about["version"], body)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _content(file: Path) -> bytes:
    """Of a plain file: a link leads elsewhere, and a pipe would be waited for. Raises OSError."""
    with open(os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as stream:
        about = os.fstat(stream.fileno())
        return stream.read() if stat.S_ISREG(about.st_mode) and about.st_size < _LARGEST else b""
