"""The answers that edge and door make themselves, as ready bytes: nothing to say, not here, not in that way."""

import base64
import hashlib
import re
from functools import cache
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext, gettext_noop

from ..lib import language
from .answer import Answer

RETRY_AFTER = "10"  # seconds
_HTML = Path(__file__).with_suffix(".html").read_bytes()
_SENTENCES = (  # of that file
    gettext_noop("Status is not available"),
    gettext_noop("We cannot show the status right now."),
    gettext_noop("This page itself has trouble, and we are working on it. It says nothing about our services."),
    gettext_noop("The page tries again by itself every ten seconds."),
)
_JSON = b'{"error":"The status is not available right now. This says nothing about our services."}'


def unavailable(path: str) -> Answer:
    """A 503 in the kind of answer that `path` would have had."""
    return _for_programs() if is_for_programs(path) else _for_people(language.known())


def is_for_programs(path: str) -> bool:
    """Whether a program asks there: it wants JSON, or reads the status alone and sends its report again."""
    return path.startswith(("/api/", "/receipts/")) or path.endswith(".json")


def wrong_method() -> Answer:
    """A 405 for whatever is no GET and no HEAD, at an address that only tells."""
    return _wrong_method(language.known())


@cache
def _wrong_method(code: str) -> Answer:
    with language.speaking(code):
        body = (
            gettext("This address cannot be used in that way."),
            gettext("Go back and follow a link or a button on the page instead."),
        )
    headers = _headers("text/plain; charset=utf-8", ("Allow", "GET, HEAD"))
    return Answer("405 Method Not Allowed", headers, f"{' '.join(body)}\n".encode(), 0)


def moved(address: str, *, is_secure: bool) -> Answer:
    """A 301 to `address`; whoever asked in plain text is not told how long to come by TLS (RFC 6797, 7.2)."""
    kept = [header for header in _headers("text/plain; charset=utf-8") if is_secure or header not in _over_tls_only()]
    return Answer("301 Moved Permanently", [*kept, ("Location", address)], b"", 0)


def no_such_file() -> Answer:
    """A 404 below the address of the static files, without the page's name, for which the database would be asked."""
    return _no_such_file(language.known())


@cache
def _no_such_file(code: str) -> Answer:
    with language.speaking(code):
        body = gettext("There is no such file.")
    return Answer("404 Not Found", _headers("text/plain; charset=utf-8"), f"{body}\n".encode(), 0)


@cache
def _for_people(code: str) -> Answer:
    (style,) = re.findall(rb"<style>(.*?)</style>", _HTML, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style).digest()).decode()
    headers = _headers("text/html; charset=utf-8", ("Retry-After", RETRY_AFTER), style=f"style-src 'sha256-{digest}'")
    return Answer("503 Service Unavailable", headers, _html(code), 0)


def _html(code: str) -> bytes:
    text = _HTML.decode().replace('lang="en"', f'lang="{code}"')
    with language.speaking(code):
        for sentence in _SENTENCES:
            text = text.replace(sentence, gettext(sentence))
    return text.encode()


@cache
def _for_programs() -> Answer:
    more = (("Retry-After", RETRY_AFTER), ("Access-Control-Allow-Origin", "*"))
    return Answer("503 Service Unavailable", _headers("application/json", *more), _JSON, 0)


def _headers(content_type: str, *more: tuple[str, str], style: str = "") -> list[tuple[str, str]]:
    return [
        ("Content-Type", content_type),
        ("Cache-Control", "no-store"),
        ("Content-Security-Policy", f"default-src 'none'; frame-ancestors 'none'; {style}".removesuffix("; ")),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", settings.X_FRAME_OPTIONS),
        ("Referrer-Policy", "no-referrer"),  # the address may be the link of a message
        *_over_tls_only(),
        *more,
    ]


def _over_tls_only() -> list[tuple[str, str]]:
    """Return what Django's SecurityMiddleware would say."""
    if not settings.SECURE_HSTS_SECONDS:
        return []
    also = "; includeSubDomains" * settings.SECURE_HSTS_INCLUDE_SUBDOMAINS + "; preload" * settings.SECURE_HSTS_PRELOAD
    return [("Strict-Transport-Security", f"max-age={settings.SECURE_HSTS_SECONDS}{also}")]
