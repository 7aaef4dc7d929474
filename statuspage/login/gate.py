"""In front of everything: refuses a flood of log-ins before it takes a place in Django from whoever is logged in."""

import threading
from collections.abc import Callable, Iterable, Mapping

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.csrf import CsrfViewMiddleware
from django.middleware.security import SecurityMiddleware
from django.urls import reverse

from statuspage.policy import PolicyMiddleware

from . import page, record
from .brake import Client, Slow, Try
from .site import TRY

_MOST_READ = 10_000  # bytes of a form that are read to show it again
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
        self.csrf = CsrfViewMiddleware(_answer)
        self.dressers = (self.csrf, *(each(_answer) for each in _HEADERS))

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
        request = WSGIRequest(environ)
        self.csrf.process_request(request)
        response = page.refusal(request, client, seconds, self._typed(request))
        for middleware in self.dressers:
            response = middleware.process_response(request, response)
        response["Content-Length"] = str(len(response.content))
        cookies = [("Set-Cookie", morsel.OutputString()) for morsel in response.cookies.values()]
        start_response(f"{response.status_code} {response.reason_phrase}", [*response.items(), *cookies])
        return [response.content]

    def _typed(self, request: WSGIRequest) -> Mapping[str, str]:
        if not _is_short_form(request) or not self.spare or not self.spare.acquire(blocking=False):
            return {}
        try:
            return request.POST
        finally:
            self.spare.release()


def _is_short_form(request: WSGIRequest) -> bool:
    length = request.META.get("CONTENT_LENGTH") or ""
    return request.content_type == _FORM and length.isdecimal() and int(length[:9]) <= _MOST_READ


def _answer(request: WSGIRequest) -> HttpResponse:
    raise NotImplementedError  # the middlewares are asked for their headers alone
