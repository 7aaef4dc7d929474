"""The needs of one stack before it starts: a data directory of its own, its secrets, a free port."""

import fcntl
import os
import secrets
import socket
import tempfile
from pathlib import Path

from statuspage.lib.data_dir import KEPT_KEY

from . import Refusal

BASE_DIR = Path(__file__).resolve().parents[2]
KEPT_DEMO_LOG_IN = "demo-password"


def given(name: str) -> bool:
    """Whether the environment sets `name`, itself or as NAME_FILE."""
    return bool(os.environ.get(name) or os.environ.get(f"{name}_FILE"))


def port() -> int:
    """PORT, 8000 by default. Raises Refusal for what is not a port, and for one that is taken."""
    text = os.environ.get("PORT") or "8000"
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise Refusal(f"PORT={text} is not a port: give a number from 1 to 65535.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(text)))
        except OSError as error:
            raise Refusal(f"Port {text} cannot be used ({error.strerror}). Try another: PORT=8001 make up") from error
    return int(text)


def data_dir() -> Path:
    """DATA_DIR, `data` in the checkout by default; made, and readable to its owner only. Raises Refusal."""
    path = Path(os.environ.get("DATA_DIR") or BASE_DIR / "data").resolve()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in ("logs", "static", "outbox"):
            (path / name).mkdir(mode=0o700, exist_ok=True)
        tempfile.TemporaryFile(dir=path).close()
    except OSError as error:
        raise Refusal(f"DATA_DIR={path} cannot be written ({error.strerror}). Give another one.") from error
    return path


def lock(path: Path):
    """Hold `path` for this process alone, as long as the returned file lives. Raises Refusal."""
    held = open(path / "lock", "w")  # noqa: SIM115 -- the caller keeps it open
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        held.close()
        raise Refusal(f"DATA_DIR={path} is in use by another `make up`. Stop it, or give another DATA_DIR.") from error
    return held


def keep_secret_key(path: Path) -> None:
    """Make one for the data directory `path`, once; settings.py reads it where SECRET_KEY is not given."""
    if not (path / KEPT_KEY).exists():
        write_secret(path / KEPT_KEY, secrets.token_urlsafe(48))


def write_secret(path: Path, text: str) -> None:
    """Write a file whole or not at all, readable to the owner only."""
    draft = path.with_suffix(".new")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)


def new_password() -> str:
    """Return a password short enough to type, without letters that look alike, and beyond guessing (59 bits)."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(3))
