"""What this machine knows of messages that were being handed over, kept where the end of a process cannot reach it.

One file a claim, mapped into memory: noting "begun" or "taken" is the writing of one byte, without a system call. The
pages belong to the kernel, so that they survive kill -9; what a power cut takes, the ledger's leases make good, with
"possibly doubled" where nobody can know. A lock tells whether the process that wrote it still lives.
"""

import contextlib
import fcntl
import mmap
import os
import struct
from collections.abc import Collection, Iterator
from enum import IntEnum
from pathlib import Path

from django.conf import settings

from ..channels import Outcome, Sent

_MAGIC = b"statuspage handoff 1"
_HEAD = struct.Struct(f"<{len(_MAGIC)}sI")
_ID = struct.Struct("<q")


class Mark(IntEnum):
    NOT_BEGUN = 0
    BEGUN = 1  # it may have reached its recipient, or may yet
    TAKEN = 2  # the provider said so
    REFUSED = 3  # the provider said so


class Journal:
    """The marks of one claim; `token` names its file."""

    def __init__(self, token: str, ids: Collection[int]):
        _directory().mkdir(parents=True, exist_ok=True)
        self._path = _directory() / token
        ids = list(ids)
        content = _HEAD.pack(_MAGIC, len(ids)) + b"".join(map(_ID.pack, ids)) + bytes(len(ids))
        # Under another name until it is locked and whole: nobody may take it for an abandoned one.
        unfinished = self._path.with_suffix(".new")
        self._file = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        os.write(self._file, content)
        os.rename(unfinished, self._path)
        self._memory = mmap.mmap(self._file, len(content))
        first = len(content) - len(ids)
        self._places = {pk: first + number for number, pk in enumerate(ids)}

    def begun(self, pk: int) -> None:
        self._memory[self._places[pk]] = Mark.BEGUN

    def ended(self, pk: int, *, was_taken: bool) -> None:
        self._memory[self._places[pk]] = Mark.TAKEN if was_taken else Mark.REFUSED

    def heard(self, outcome: Outcome) -> None:
        """What the provider said; what nobody knows stays "begun"."""
        if isinstance(outcome, Sent) or not outcome.unknown:
            self.ended(outcome.delivery_id, was_taken=isinstance(outcome, Sent))

    def close(self) -> None:
        """The ledger knows it all: nothing needs to be kept."""
        self._path.unlink(missing_ok=True)
        self.leave()

    def leave(self) -> None:
        """Nothing more will be noted by us; it is kept for whoever recovers it."""
        self._memory.close()
        os.close(self._file)


def marks(token: str) -> dict[int, Mark]:
    """What is noted under `token` on this machine, by a process living or dead; empty where nothing is."""
    try:
        return _parse((_directory() / token).read_bytes()) if token else {}
    except OSError:
        return {}


@contextlib.contextmanager
def _owned(path: Path) -> Iterator[bool]:
    """Whether `path` is nobody's any more; then it is ours meanwhile."""
    try:
        file = os.open(path, os.O_RDWR)
    except FileNotFoundError:
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
    if not _directory().exists():
        return
    for path in sorted(_directory().iterdir()):
        with _owned(path) as is_ours:
            if is_ours:
                yield path.stem, _parse(path.read_bytes())
                path.unlink(missing_ok=True)


def _parse(content: bytes) -> dict[int, Mark]:
    """Empty for what is not whole."""
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
