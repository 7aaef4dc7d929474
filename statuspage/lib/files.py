"""Files that are whole or absent, whatever happens to the writer."""

import os
import tempfile
from pathlib import Path


def replace(file: Path, content: bytes, *, mode: int = 0o644, is_synced: bool = False) -> None:
    """Put `content` at `file`, making its directory; a reader sees the old or the new, never a part. Raises OSError.

    `mode`: a file server may run as somebody else, and reads it; 0o600 keeps it to ourselves. `is_synced`: it is on the
    disk before this returns, and outlives a power cut.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, suffix=".new")
    try:
        with open(handle, "wb") as new:
            new.write(content)
            os.fchmod(new.fileno(), mode)
            if is_synced:
                new.flush()
                os.fsync(new.fileno())
        os.replace(name, file)
        if is_synced:
            _sync(file.parent)
    except BaseException:
        os.unlink(name)
        raise


def _sync(directory: Path) -> None:
    """A new name is on the disk once its directory is."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
