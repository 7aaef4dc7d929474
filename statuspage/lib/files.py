"""Files that are whole or absent, whatever happens to the writer."""

import os
import tempfile
from pathlib import Path


def replace(file: Path, content: bytes) -> None:
    """Put `content` at `file`, making its directory; a reader sees the old or the new, never a part. Raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, suffix=".new")
    try:
        with open(handle, "wb") as new:
            new.write(content)
            os.fchmod(new.fileno(), 0o644)  # a file server may run as somebody else; mkstemp keeps it to ourselves
        os.replace(name, file)
    except BaseException:
        os.unlink(name)
        raise
