"""One public answer as ready bytes: headers computed once, sent many times."""

import gzip
import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from typing import NamedTuple

import brotli
from django.utils.translation import gettext, gettext_noop

from ..lib import language
from ..lib.conditional import outcome

Headers = list[tuple[str, str]]
# Ours to compute, or the reader's own business: never part of what is remembered.
_DROPPED = frozenset({"content-length", "set-cookie", "vary", "etag", "date", "connection", "server"})
CONFIRMATION_MARK = b"<!-- confirmation -->"  # where HTML says that it cannot be confirmed
_NOTICE = gettext_noop(
    '<p class="unconfirmed" role="alert">We cannot confirm that this is current. '
    'Last confirmed <time datetime="%(machine)s" data-local>%(time)s</time>.</p>'
)
_LANGUAGE = re.compile(rb'<html lang="([\w-]+)"')
_REFUSED = re.compile(r"\s*q\s*=\s*0(\.0*)?\s*")
_SMALL = 200  # bytes below which compression costs more than it saves


class Variant(NamedTuple):
    """The answer in one encoding."""

    etag: str
    headers: Headers
    headers_304: Headers
    body: list[bytes]  # a list: the server joins it without a copy and has a faster way for it


class Answer:
    """A status and a body, in identity, gzip and brotli, each with its own strong ETag (RFC 9110, 8.8.3.3)."""

    __slots__ = ("brotli", "gzip", "identity", "raw", "readers", "status", "version")

    def __init__(self, status: str, headers: Iterable[tuple[str, str]], body: bytes, version: int):
        self.status = status
        self.version = version  # of the page, read before this was built
        self.raw = ([(name, value) for name, value in headers if name.lower() not in _DROPPED], body)
        self.readers = 0  # how many asked for it since it was built
        self.identity = self._variant("", body)
        small = len(body) < _SMALL
        self.gzip = self.identity if small else self._variant("gzip", gzip.compress(body, 6, mtime=0))
        self.brotli = self.identity if small else self._variant("br", brotli.compress(body, quality=5))

    def _variant(self, encoding: str, body: bytes) -> Variant:
        digest = hashlib.blake2b(self.raw[1], digest_size=12).hexdigest()
        etag = f'"{digest}-{encoding}"' if encoding else f'"{digest}"'
        common = [*self.raw[0], ("ETag", etag), ("Vary", "Accept-Encoding")]
        headers = [*common, ("Content-Length", str(len(body)))]
        if encoding:
            headers.append(("Content-Encoding", encoding))
        not_modified = [header for header in common if header[0].lower() != "content-type"]
        return Variant(etag, headers, not_modified, [body])

    def best_for(self, accept: str) -> Variant:
        """The smallest variant that `accept` (an Accept-Encoding header) allows."""
        return getattr(self, _smallest(accept))

    def unconfirmed(self, since: datetime) -> "Answer":
        """The same answer, saying that it was last confirmed at `since`: in words in HTML, in a header everywhere."""
        headers, body = self.raw
        body = body.replace(CONFIRMATION_MARK, _notice(body, since), 1)
        return Answer(
            self.status, [*headers, ("Last-Confirmed", format_datetime(since, usegmt=True))], body, self.version
        )

    def respond(self, environ: dict, start_response: Callable) -> Sequence[bytes]:
        """Answer by WSGI (PEP 3333); a 304 or 412 only in place of a 2xx (RFC 9110, 13.2.1)."""
        variant = self.best_for(environ.get("HTTP_ACCEPT_ENCODING", ""))
        instead = outcome(environ, variant.etag) if self.status[0] == "2" else ""
        if instead:
            start_response(instead, variant.headers_304)
            return []
        start_response(self.status, variant.headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else variant.body


def _notice(body: bytes, since: datetime) -> bytes:
    """Return the notice in the language of the page that it stands in, which may be older than the site's."""
    found = _LANGUAGE.search(body)
    with language.speaking(found[1].decode() if found else language.ENGLISH):
        times = {"machine": f"{since:%Y-%m-%dT%H:%MZ}", "time": f"{since:%H:%M UTC}"}
        return (gettext(_NOTICE) % times).encode()


@lru_cache(256)
def _smallest(accept: str) -> str:
    """The name of the encoding that is sent. A star says nothing of what the reader can unpack, so it gets none."""
    parts = (part.partition(";") for part in accept.lower().split(","))
    taken = {name.strip() for name, _, weight in parts if not _REFUSED.fullmatch(weight)}
    if "br" in taken:
        return "brotli"
    return "gzip" if taken & {"gzip", "x-gzip"} else "identity"
