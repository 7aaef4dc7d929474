"""Public answers on disk, so that a process that starts while the database is down still has a page.

Not synced: after a power cut a file may be torn or missing, which its seal tells, and the truth is in the database,
which does sync. A disk that syncs slowly would make every publish slow instead.
"""

import contextlib
import fcntl
import hashlib
import logging
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import wraps
from pathlib import Path

from ..lib.files import replace
from .answer import Answer
from .answer_file import Stored, dump, mark, read, version_of

_log = logging.getLogger(__name__)
_CONFIRMED, _OLDEST, _LOCK = "confirmed", "oldest", "lock"
_LASTING, _PASSING = ".answer", ".passing"  # how a file's name ends
MOST_PASSING = 1000  # files of addresses that are not lasting
TIDY_EVERY = 600.0  # seconds
LOCK_WAIT = 0.2  # seconds; who holds the lock longer is frozen
LOG_EVERY = 600.0  # seconds between two complaints about the same disk


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


class DiskStore:
    """A directory with one file a path, shared by all processes of a machine.

    Every write is whole or absent; what is not ours or not whole is ignored. No fault of the disk reaches the caller:
    it is logged, and what could not be written is missing. `is_lasting(path)`: the address of something that lasts,
    kept for as long as it may be shown; of the others only MOST_PASSING are, those used last.
    """

    def __init__(self, directory: Path, *, is_lasting: Callable[[str], bool] = lambda path: True):
        self.directory = directory
        self.is_lasting = is_lasting
        self._names: set[str] = set()  # of the files, as far as this process knows
        self._read_before: dict[str, tuple] = {}  # by `newer`: a file's name and what marks its content
        self._listed: tuple = ()  # by `newer`: what marked the directory
        self._tidied_at = time.monotonic()
        self.complained_at = float("-inf")

    def __contains__(self, path: str) -> bool:
        """Whether this process knows of a file for `path`; asks no disk."""
        return self._file(path).name in self._names

    # --- Writing ------------------------------------------------------------------------------------

    @_alone
    def store(self, path: str, answer: Answer) -> None:
        """Write `answer` unless the same or a newer one is there, or what it may show was withdrawn since."""
        file = self._file(path)
        kept = read(file)
        if answer.version < self.oldest_shown or (kept and kept.version > answer.version):
            return
        if kept and (kept.headers, kept.body) == answer.raw:
            os.utime(file)  # it is in use
        else:
            replace(file, dump(path, answer))
        self._names.add(file.name)
        if not self.is_lasting(path):
            self._make_room()

    def forget(self, path: str) -> None:
        """Take away what is kept of `path`, if anything."""
        with contextlib.suppress(OSError):
            self._take_away(self._file(path))

    @_alone
    def invalidate_before(self, oldest: int) -> None:
        """Let nothing of a page version before `oldest` be shown again, whoever wrote it or still will."""
        if oldest > self.oldest_shown:
            replace(self.directory / _OLDEST, b"%d" % oldest)
            self._remove(lambda version: version < oldest)

    @_alone
    def drop_newer_than(self, version: int) -> None:
        """Take away what is newer than the database's page `version`: it is of another one, before a restore."""
        if self.oldest_shown > version:
            (self.directory / _OLDEST).unlink()
        self._remove(lambda other: other > version)

    def confirm(self) -> None:
        """Note that what is kept is current as of now."""
        with contextlib.suppress(OSError):
            self.directory.mkdir(parents=True, exist_ok=True)
            (self.directory / _CONFIRMED).touch()

    def tidy(self) -> None:
        """Take away what killed writers left unfinished and what is too much, every TIDY_EVERY seconds."""
        if time.monotonic() - self._tidied_at > TIDY_EVERY:
            self._tidied_at = time.monotonic()
            self._tidy()

    # --- Reading ------------------------------------------------------------------------------------

    def load(self) -> Iterator[tuple[str, Answer]]:
        """Every whole file that may be shown as (path, answer), the front page first, then by last use."""
        self._tidy()
        for kept in self._kept(self._by_use(self._files())):
            yield kept.path, kept.answer()

    def find(self, path: str) -> Answer | None:
        """Return what is kept of `path`, if it may be shown. Does not touch the disk for what was never kept."""
        if path not in self:
            return None
        return next((kept.answer() for kept in self._kept([self._file(path)])), None)

    def newer(self, versions: Mapping[str, int]) -> Iterator[tuple[str, Answer]]:
        """Yield what other processes kept of the paths in `versions` that is of a later page version; each file once.

        Of other paths it only learns that they are there.
        """
        if not self._is_changed():
            return
        self._files()
        for path, version in versions.items():
            file = self._file(path)
            if file.name in self._names and (seen := mark(file)) != self._read_before.get(file.name):
                self._read_before[file.name] = seen
                for kept in self._kept([file]):
                    if kept.version > version:
                        yield path, kept.answer()

    def _is_changed(self) -> bool:
        """Whether a file came or went since the last time; its mark may not tell what happened within a second."""
        before, self._listed = self._listed, mark(self.directory)
        return before != self._listed or time.time_ns() - self._listed[0] < 10**9

    @property
    def confirmed_at(self) -> float:
        """The time at which it was last noted, by any process: seconds since 1970; 0 if never."""
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
        ending = _LASTING if self.is_lasting(path) else _PASSING
        return self.directory / f"{hashlib.sha256(path.encode()).hexdigest()[:40]}{ending}"

    def _files(self, *endings: str) -> list[Path]:
        """Return the files whose names end so, or all."""
        try:
            names = {name for name in os.listdir(self.directory) if name.endswith((_LASTING, _PASSING))}
        except OSError:
            names = set()
        self._names = names.copy()
        return [self.directory / name for name in names if name.endswith(endings or (_LASTING, _PASSING))]

    def _by_use(self, files: Iterable[Path]) -> list[Path]:
        """The front page first, then what was used last."""
        front = self._file("/")
        return sorted(files, key=lambda file: (file == front, mark(file)), reverse=True)

    def _kept(self, files: Iterable[Path]) -> Iterator[Stored]:
        oldest = self.oldest_shown
        for file in files:
            kept = read(file)
            if kept and self._file(kept.path) == file and kept.version >= oldest:
                yield kept

    def _remove(self, is_unwanted: Callable[[int], bool]) -> None:
        for file in self._files():
            if (version := version_of(file)) is not None and is_unwanted(version):
                self._take_away(file)

    def _take_away(self, file: Path) -> None:
        file.unlink(missing_ok=True)
        self._names.discard(file.name)

    def _make_room(self) -> None:
        """Remove the passing ones used longest ago, some at once: sorting them all is work."""
        files = self._files(_PASSING)
        if len(files) > MOST_PASSING:
            for file in self._by_use(files)[MOST_PASSING * 9 // 10 :]:
                self._take_away(file)

    @_alone
    def _tidy(self) -> None:
        for file in self.directory.glob("*.new"):
            if not file.is_dir():
                file.unlink(missing_ok=True)
        self._make_room()


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
