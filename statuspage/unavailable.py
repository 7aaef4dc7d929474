"""What is said where there is nothing to say: readable, and when to come back."""

import base64
import hashlib
import re
from functools import cache
from pathlib import Path

from django.conf import settings

from .lib.answer import Answer

RETRY_AFTER = "10"  # seconds
_HTML = Path(__file__).with_suffix(".html").read_bytes()
_JSON = b'{"error":"The status is not available right now. This says nothing about our services."}'


def unavailable(path: str) -> Answer:
    """A 503 in the kind of answer that `path` would have had."""
    return _for_programs() if path.startswith("/api/") or path.endswith(".json") else _for_people()


@cache
def _for_people() -> Answer:
    (style,) = re.findall(rb"<style>(.*?)</style>", _HTML, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style).digest()).decode()
    return _answer("text/html; charset=utf-8", _HTML, f"style-src 'sha256-{digest}'")


@cache
def _for_programs() -> Answer:
    return _answer("application/json", _JSON, "", ("Access-Control-Allow-Origin", "*"))


def _answer(content_type: str, body: bytes, style: str, *more: tuple[str, str]) -> Answer:
    headers = [
        ("Content-Type", content_type),
        ("Retry-After", RETRY_AFTER),
        ("Cache-Control", "no-store"),
        ("Content-Security-Policy", f"default-src 'none'; frame-ancestors 'none'; {style}".removesuffix("; ")),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", settings.X_FRAME_OPTIONS),
        ("Referrer-Policy", settings.SECURE_REFERRER_POLICY),
        *_over_tls_only(),
        *more,
    ]
    return Answer("503 Service Unavailable", headers, body, 0)


def _over_tls_only() -> list[tuple[str, str]]:
    """What Django's SecurityMiddleware would say."""
    if not settings.SECURE_HSTS_SECONDS:
        return []
    also = "; includeSubDomains" * settings.SECURE_HSTS_INCLUDE_SUBDOMAINS + "; preload" * settings.SECURE_HSTS_PRELOAD
    return [("Strict-Transport-Security", f"max-age={settings.SECURE_HSTS_SECONDS}{also}")]
