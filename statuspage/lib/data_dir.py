"""The content of DATA_DIR that more than one part of the program uses: the kept secret key, the embedded broker's
socket."""

import hashlib
import os
import tempfile
from pathlib import Path

KEPT_KEY = "secret-key"
_LONGEST_SOCKET = 107  # sun_path holds 108 bytes with the closing zero


def broker_socket(data_dir: Path) -> Path:
    """Return where the embedded server of `data_dir` listens: inside it, or for a long path in a directory named after
    it."""
    path = data_dir / "broker" / "socket"
    if len(os.fsencode(path)) <= _LONGEST_SOCKET:
        return path
    name = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"statuspage-{os.getuid()}-{name}" / "socket"


def broker_url(data_dir: Path) -> str:
    """The REDIS_URL of the embedded server of `data_dir`, whether it runs or not."""
    return f"unix://{broker_socket(data_dir)}"
