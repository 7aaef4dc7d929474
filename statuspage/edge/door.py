"""The door: reads method, path, host and scheme of a request once, for the edge and for Django alike.

What two would read from the same header they would read in two ways. So whatever is not ours, or not readable, ends
here with ready bytes: no place in Django, no database. What goes in has been written back into the environ in one form
only, so that whoever reads it behind the door finds what was decided here.
"""

import logging
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from ..lib import language, preflight
from .answer import Answer
from .unavailable import moved

# Load balancers and monitors ask by address, over plain HTTP or without a name: not a word of these depends on it.
ALIVE = "/healthz"
FOR_MACHINES = frozenset({ALIVE, "/readyz", "/metrics"})
_MOST_HOSTS = 128  # remembered
_UNUSUAL = re.compile(r"[^ -~]|^(?!/)|^//|^$")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_log = logging.getLogger(__name__)


class Door:
    """A WSGI application in front of `edge`.

    `django` answers ALIVE, which asks nobody and so needs no place. `refuse` makes the answer to what we cannot read or
    do not answer to; it is asked once for each language. `is_public(path)` tells whether a path has an answer that is
    the same for everybody, `is_from_anywhere(path)` whether scripts of other sites may read it.
    """

    def __init__(
        self,
        edge: Callable,
        django: Callable,
        *,
        refuse: Callable,
        is_public: Callable[[str], bool],
        is_from_anywhere: Callable[[str], bool],
    ):
        self.edge = edge
        self.django = django
        self.refuse = refuse
        self.is_public = is_public
        self.is_from_anywhere = is_from_anywhere
        self.is_ours = lru_cache(_MOST_HOSTS)(is_ours)
        self.has_warned = False
        self.refusals: dict[str, Answer] = {}  # by language

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        return self._way_in(environ)(environ, start_response)

    def _way_in(self, environ: dict) -> Callable:
        """The WSGI application that answers."""
        environ["REQUEST_METHOD"] = method = environ["REQUEST_METHOD"].upper()  # as Django reads it
        path = environ["PATH_INFO"]
        if _UNUSUAL.search(path):
            if (path := readable(path)) is None:
                return self._refusal.respond
            environ["PATH_INFO"] = path
        if path in FOR_MACHINES:
            _as_from_ourselves(environ)
            return self.django if path == ALIVE else self.edge
        if not self.is_ours(environ.get("HTTP_HOST", "")):
            return self._refusal.respond
        environ["wsgi.url_scheme"] = scheme = scheme_of(environ)
        if settings.SECURE_SSL_REDIRECT and scheme != "https":
            return self._to_tls
        if method == "OPTIONS" and self.is_from_anywhere(path):
            return preflight.respond
        return _with_slash if self._lacks_slash(path) else self.edge

    def _lacks_slash(self, path: str) -> bool:
        """Whether somebody typed the address of a public page without the slash at its end."""
        if path.endswith("/") or "." in path:  # as those of programs have
            return False
        return self.is_public(f"{path}/") and not self.is_public(path)

    @property
    def _refusal(self) -> Answer:
        code = language.known()
        if code not in self.refusals:
            status, headers, body = self.refuse()
            self.refusals[code] = Answer(status, headers, body, 0)
        return self.refusals[code]

    def _to_tls(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        if not settings.TRUST_PROXY and _first(environ) == "https" and not self.has_warned:
            self.has_warned = True
            _log.warning("A proxy says that it was asked over https: without TRUST_PROXY=1 it is redirected for ever.")
        return moved(over_tls(environ), is_secure=False).respond(environ, start_response)


def _with_slash(environ: dict, start_response: Callable) -> Iterable[bytes]:
    address = _address(environ | {"PATH_INFO": environ["PATH_INFO"] + "/"})
    is_secure = environ["wsgi.url_scheme"] == "https"
    return moved(address, is_secure=is_secure).respond(environ, start_response)


def readable(path: str) -> str | None:
    """`path` with one slash in front (RFC 3986 has no use for more, clients that join addresses do); None for what is
    no text: control characters, or bytes that are not UTF-8."""
    if _CONTROL.search(path):
        return None
    try:
        path.encode("latin-1").decode()  # PEP 3333 carries bytes as letters
    except UnicodeError:
        return None
    return "/" + path.lstrip("/")


def is_ours(host: str) -> bool:
    """Whether `host`, the Host header, names this site. One that is missing, empty or sent twice does not."""
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


def scheme_of(environ: dict) -> str:
    """Return what the browser spoke: the first in the row of proxies has heard it, if we trust what they say."""
    if settings.TRUST_PROXY and (said := _first(environ)):
        return "https" if said == "https" else "http"
    return environ["wsgi.url_scheme"]


def over_tls(environ: dict) -> str:
    """The same address with https: under SITE_URL, or by the further name that was asked for."""
    site = urlsplit(settings.SITE_URL)
    domain, _ = split_domain_port(environ["HTTP_HOST"])
    return f"https://{site.netloc if domain == site.hostname else domain}{_address(environ)}"


def _address(environ: dict) -> str:
    """Path and query as they are sent."""
    path = quote(environ["PATH_INFO"].encode("latin-1"), safe="/:@!$&'()*+,;=~")
    query = quote(environ.get("QUERY_STRING", "").encode("latin-1"), safe="/?:@!$&'()*+,;=~%[]")
    return f"{path}?{query}" if query else path


def _first(environ: dict) -> str:
    return environ.get("HTTP_X_FORWARDED_PROTO", "").partition(",")[0].strip().lower()


def _as_from_ourselves(environ: dict) -> None:
    site = urlsplit(settings.SITE_URL)
    environ["HTTP_HOST"], environ["wsgi.url_scheme"] = site.netloc, site.scheme
