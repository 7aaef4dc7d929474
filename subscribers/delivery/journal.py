"""The journal of messages that this machine is handing over, kept where the end of a process cannot reach it.

One file a claim, mapped into memory: noting "begun" or "taken" is the writing of one byte, without a system call. The
pages belong to the kernel, so that they survive kill -9; what a power cut takes, the ledger's leases make good, with
"possibly doubled" where nobody can know. A lock tells whether the process that wrote it still lives.
"""

import contextlib
import errno
import fcntl
import logging
import mmap
import os
import struct
import time
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path

from django.conf import settings

from ..channels import Outcome, Sent

_log = logging.getLogger(__name__)
_MAGIC = b"statuspage handoff 1"
_HEAD = struct.Struct(f"<{len(_MAGIC)}sI")
_ID = struct.Struct("<q")
_UNFINISHED, _UNFINISHED_SECONDS = ".new", 3600


class Mark(IntEnum):
    NOT_BEGUN = 0
    BEGUN = 1  # it may have reached its recipient, or may yet
    TAKEN = 2  # the provider said so
    REFUSED = 3  # the provider said so


class Journal:
    """The marks of one claim; `token` names its file.

    Where no file can be written, nothing is noted and the mail goes out all the same: a full disk must not silence us.
    """

    def __init__(self, token: str, ids: Collection[int]):
        self._path = _directory() / token
        self._memory: mmap.mmap | None
        self._file: int
        ids = list(ids)
        content = _HEAD.pack(_MAGIC, len(ids)) + b"".join(map(_ID.pack, ids)) + bytes(len(ids))
        try:
            self._memory, self._file = self._written(content)
        except OSError as error:
            _log.error("Nothing can be noted of what is handed over: %s", error)
            self._memory, self._file = None, -1
        first = len(content) - len(ids)
        self._places = {pk: first + number for number, pk in enumerate(ids)}

    def _written(self, content: bytes) -> tuple[mmap.mmap, int]:
        _directory().mkdir(parents=True, exist_ok=True)
        # Under another name until it is locked and whole: nobody may take it for an abandoned one.
        unfinished = self._path.with_suffix(_UNFINISHED)
        file = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            if os.write(file, content) < len(content):
                raise OSError(errno.ENOSPC, "The disk is full")
            memory = mmap.mmap(file, len(content))
            os.rename(unfinished, self._path)
        except OSError:
            unfinished.unlink(missing_ok=True)
            os.close(file)
            raise
        return memory, file

    def begun(self, pk: int) -> None:
        self._note(pk, Mark.BEGUN)

    def has_begun(self, pk: int) -> bool:
        """Whether it may have reached its recipient, as far as it is noted; True where nothing can be."""
        memory = self._memory
        return memory is None or memory[self._places[pk]] != Mark.NOT_BEGUN

    def ended(self, pk: int, *, was_taken: bool) -> None:
        self._note(pk, Mark.TAKEN if was_taken else Mark.REFUSED)

    def _note(self, pk: int, mark: Mark) -> None:
        """Note `mark`; nothing once the journal is closed: an outcome may still come that nobody waits for any more."""
        memory = self._memory
        if memory is not None:
            try:
                memory[self._places[pk]] = mark
            except ValueError:  # closed meanwhile, by the other thread
                return

    def heard(self, outcome: Outcome) -> None:
        """Note what the provider said; an unknown outcome leaves "begun"."""
        if isinstance(outcome, Sent) or not outcome.unknown:
            self.ended(outcome.delivery_id, was_taken=isinstance(outcome, Sent))

    def close(self) -> None:
        """Remove the file: all that it notes is in the ledger."""
        if self._memory is not None:
            self._path.unlink(missing_ok=True)
        self.leave()

    def leave(self) -> None:
        """Close the journal and keep its file for whoever recovers it."""
        if self._memory is not None:
            memory, self._memory = self._memory, None
            memory.close()
            os.close(self._file)


def marks(token: str) -> dict[int, Mark]:
    """Return what is noted under `token` on this machine, by a process living or dead; empty where nothing is."""
    try:
        return _parse((_directory() / token).read_bytes()) if token else {}
    except OSError:
        return {}


@contextlib.contextmanager
def _owned(path: Path) -> Iterator[bool]:
    """Whether `path` is nobody's any more; then it is ours meanwhile."""
    try:
        file = os.open(path, os.O_RDWR)
    except OSError:  # gone, or no journal, or of somebody whose files we may not read: leases make that good
        yield False
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield path.exists()
    except BlockingIOError:
        yield False
    finally:
        os.close(file)


def abandoned() -> Iterator[tuple[str, dict[int, Mark]]]:
    """The marks of every claim whose process is gone, each removed once the caller comes back for the next."""
    for path, _, marks in _left_behind():
        yield path.stem, marks


def left_behind() -> Iterator[tuple[datetime, dict[int, Mark]]]:
    """The same, each with the time of its last mark in place of the claim's token."""
    for _, written_at, marks in _left_behind():
        yield written_at, marks


def _left_behind() -> Iterator[tuple[Path, datetime, dict[int, Mark]]]:
    if not _directory().is_dir():
        return
    for path in sorted(_directory().iterdir()):
        if path.suffix == _UNFINISHED and not _is_old(path):
            continue
        with _owned(path) as is_ours:
            if is_ours:
                yield path, datetime.fromtimestamp(path.stat().st_mtime, UTC), _parse(path.read_bytes())
                path.unlink(missing_ok=True)


def _is_old(path: Path) -> bool:
    """Return whether the file is so old that nobody is writing it any more."""
    try:
        return time.time() - path.stat().st_mtime > _UNFINISHED_SECONDS
    except OSError:
        return False


def _parse(content: bytes) -> dict[int, Mark]:
    """Return the marks by primary key; empty for a file that is not whole."""
    try:
        magic, number = _HEAD.unpack_from(content)
        first = _HEAD.size + number * _ID.size
        if magic != _MAGIC or len(content) != first + number:
            return {}
        ids = struct.unpack_from(f"<{number}q", content, _HEAD.size)
        return {pk: Mark(mark) for pk, mark in zip(ids, content[first:], strict=True)}
    except (struct.error, ValueError):
        return {}


def _directory() -> Path:
    return settings.DATA_DIR / "handoff"
