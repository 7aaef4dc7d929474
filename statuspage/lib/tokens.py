"""Signed links: nothing to store, nothing to leak from the database, each good for one purpose only."""

import base64
import hashlib
import hmac
from functools import lru_cache

from django.conf import settings

_MAC_BYTES = 16  # 128 bits


def _mac(purpose: str, payload: bytes) -> bytes:
    return hmac.digest(_key(purpose, settings.SECRET_KEY), payload, "sha256")[:_MAC_BYTES]


@lru_cache(maxsize=16)
def _key(purpose: str, secret: str) -> bytes:
    return hashlib.sha256(f"statuspage.tokens:{purpose}:{secret}".encode()).digest()


def keyed_hash(purpose: str, text: str) -> str:
    """64 hexadecimal digits that nobody without SECRET_KEY can compare with a guess."""
    return hmac.digest(_key(purpose, settings.SECRET_KEY), text.encode(), "sha256").hex()


def make(purpose: str, *numbers: int) -> str:
    """A URL-safe token that carries `numbers` and is valid for `purpose` alone."""
    payload = ".".join(map(str, numbers)).encode()
    return base64.urlsafe_b64encode(_mac(purpose, payload) + payload).decode().rstrip("=")


def read(purpose: str, token: str) -> tuple[int, ...] | None:
    """The numbers of a token made for `purpose`; None for anything else (compared in constant time)."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        return None
    mac, payload = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
    if not hmac.compare_digest(mac, _mac(purpose, payload)):
        return None
    numbers = tuple(int(number) for number in payload.split(b"."))
    return numbers if make(purpose, *numbers) == token else None  # base64 has many spellings of the same bytes
