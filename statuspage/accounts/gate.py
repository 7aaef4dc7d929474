"""The gate in front of everything: refuses a flood of log-ins before it takes a place in Django from whoever is logged
in.

Without Django's request and response, which would cost more than all else: a hundred attackers wait in the same line
as the readers of the page, and the line is as long as each refusal takes.
"""

import re
import threading
import time
from collections.abc import Callable, Iterable
from io import BytesIO
from urllib.parse import parse_qsl, quote

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse, parse_cookie
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.security import SecurityMiddleware
from django.urls import reverse

from statuspage.lib.limits import retry_after
from statuspage.policy import PolicyMiddleware

from . import cookies, page, record
from .brake import TURN_AFTER, Client, Slow, Try
from .site import TRY

_MOST_READ = 10_000  # bytes of a form that are read to show it again
_MOST_FIELDS = 20
_FORM = "application/x-www-form-urlencoded"
_HEADERS = (XFrameOptionsMiddleware, PolicyMiddleware, SecurityMiddleware)  # what every answer of the site says


class Gate:
    """A WSGI application in front of `application`.

    `spare`: how many of the server's threads may at once read what was typed. The others refuse without it: a body
    that comes slowly must not hold the threads of the public page.
    """

    def __init__(self, application: Callable, *, spare: int):
        self.application = application
        self.path = reverse("admin:login")
        self.spare = threading.BoundedSemaphore(spare) if spare > 0 else None
        self.headers = _headers()

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"] == self.path:
            client = Client.of(environ)
            try:
                environ[TRY] = Try(client).begin()
            except Slow as slow:
                record.unwritten.add()
                return self._refuse(environ, start_response, client, slow.seconds)
        return self.application(environ, start_response)

    def _refuse(self, environ: dict, start_response: Callable, client: Client, seconds: float) -> Iterable[bytes]:
        query = quote(environ.get("QUERY_STRING", "")[:1000], safe="=&%/?+:")
        path = f"{self.path}?{query}" if query else self.path
        body = page.filled(self._typed(environ), path, _csrf_token(environ), seconds).encode()
        headers = [
            *self.headers,
            ("Content-Length", str(len(body))),
            ("Retry-After", retry_after(seconds)),
        ]
        if client.turn is None:
            headers.append(("Set-Cookie", cookies.turn_header(client.network, time.time() + TURN_AFTER)))
        start_response("429 Too Many Requests", headers)
        return [body]

    def _typed(self, environ: dict) -> dict[str, str]:
        """Return what was typed; nothing where it is no form of a sensible length, or all who may read are at it."""
        length = _length(environ)
        if not 0 < length <= _MOST_READ or not self.spare or not self.spare.acquire(blocking=False):
            return {}
        try:
            body = environ["wsgi.input"].read(length)
            return dict(parse_qsl(body.decode(errors="replace"), max_num_fields=_MOST_FIELDS))
        except (OSError, ValueError):  # hung up, or too many fields
            return {}
        finally:
            self.spare.release()


def _length(environ: dict) -> int:
    """Bytes of the form; 0 for anything that is none."""
    length = environ.get("CONTENT_LENGTH") or ""
    is_form = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower() == _FORM
    return int(length[:9]) if is_form and length.isdecimal() else 0


def _csrf_token(environ: dict) -> str:
    """Return what the browser's own cookie says, or nothing: then the form asks to be loaded anew."""
    token = parse_cookie(environ.get("HTTP_COOKIE", "")).get(settings.CSRF_COOKIE_NAME, "")
    return token if re.fullmatch(r"[A-Za-z0-9]{32}|[A-Za-z0-9]{64}", token) else ""


def _headers() -> list[tuple[str, str]]:
    """Return the headers of every answer of the site; over a line without TLS browsers take no HSTS."""
    environ = {"REQUEST_METHOD": "POST", "wsgi.url_scheme": "https", "wsgi.input": BytesIO()}
    request = WSGIRequest(environ)
    response = HttpResponse(headers={"Cache-Control": "private, no-store", "Vary": "Cookie"})
    for middleware in _HEADERS:
        response = middleware(_answer).process_response(request, response)
    return list(response.items())


def _answer(request: HttpRequest) -> HttpResponse:
    raise NotImplementedError  # the middlewares are asked for their headers alone
