"""The answers of Django to a stranger: how the edge and the export get at the public answers."""

import re
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.http.response import HttpResponseBase
from django.urls import Resolver404, ResolverMatch, URLPattern, get_resolver, resolve
from whitenoise.middleware import WhiteNoiseMiddleware

from ..lib.public import IS_FROM_ANYWHERE, IS_PUBLIC

Django = Callable[..., HttpResponseBase]  # its WSGI application, as we call it
NOWHERE = "/404/"  # an address of nothing, whose answer is that of all the others
_LASTING = {"public_id", "code"}  # what names one incident or one component in an address
_LINKS = rb'(?:href="|src="|<loc>)(?:%s)?(/[^"<?#]*)'
_PORTS = {"http": 80, "https": 443}


def refuse(django: Django) -> tuple[str, list, bytes]:
    """Return what `django` answers to whom it cannot read: the same for all of them, and without the database."""
    return ask(django, "/", host="")


def ask(django: Django, path: str, host: str | None = None) -> tuple[str, list, bytes]:
    """Return what `django` answers to an anonymous GET of `path`: (status, headers, body)."""
    site = urlsplit(settings.SITE_URL)
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "SERVER_NAME": site.hostname,
        "SERVER_PORT": str(site.port or _PORTS[site.scheme]),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": site.netloc if host is None else host,
        "wsgi.url_scheme": site.scheme,
        "wsgi.input": BytesIO(),
    }
    start: list[Any] = []
    response = django(environ, lambda status, headers, exc_info=None: start.extend((status, headers)))
    try:
        return *start, b"".join(response)
    finally:
        response.close()


def is_public(path: str) -> bool:
    """Whether the view behind `path` is marked as the same for everybody."""
    return _is_marked(path, IS_PUBLIC)


def is_known(path: str) -> bool:
    """Whether there is a view behind `path`, or behind the same with a slash, to which Django redirects."""
    return bool(_match(path) or (not path.endswith("/") and _match(f"{path}/")))


def is_from_anywhere(path: str) -> bool:
    """Whether the view behind `path` is marked as open to the scripts of every site."""
    return _is_marked(path, IS_FROM_ANYWHERE)


def _is_marked(path: str, mark: str) -> bool:
    match = _match(path)
    return match is not None and getattr(match.func, mark, False)


def is_lasting(path: str) -> bool:
    """Whether a public `path` is fixed or that of one incident or component; not so a month of the history, say."""
    match = _match(path)
    return match is not None and match.kwargs.keys() <= _LASTING


def _match(path: str) -> ResolverMatch | None:
    try:
        return resolve(path)
    except Resolver404:
        return None


def links(body: bytes) -> set[str]:
    """The addresses of ours to which a page, a feed or the site map leads."""
    return {unquote(link.decode()) for link in re.findall(_LINKS % re.escape(settings.SITE_URL).encode(), body)}


def public_links(body: bytes) -> list[str]:
    return sorted(path for path in links(body) if is_public(path))


def static_files(django: Django) -> Mapping[str, Django] | None:
    """`django` by the address of each file that collectstatic left, as of now; None with DEBUG, where each is looked
    for when asked for.

    WhiteNoise's own list: what it does not find goes on to the views, which ask the database for the page's name.
    """
    white_noise = WhiteNoiseMiddleware(lambda request: None)
    return None if white_noise.autorefresh else dict.fromkeys(white_noise.files, django)


def fixed_addresses() -> list[str]:
    """Every public address without a variable part."""

    def walk(patterns, prefix: str) -> Iterator[str]:
        for pattern in patterns:
            path = prefix + str(pattern.pattern)
            if "<" in path or "^" in path:
                continue
            if isinstance(pattern, URLPattern):
                yield path
            else:
                yield from walk(pattern.url_patterns, path)

    return [path for path in walk(get_resolver().url_patterns, "/") if is_public(path)]
