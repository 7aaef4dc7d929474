"""The answer of every door while the database is away: 503, when to come back, and the words that somebody typed."""

import logging

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.encoding import escape_uri_path
from django.utils.translation import gettext_lazy as _

from .edge.unavailable import RETRY_AFTER, is_for_programs
from .lib import language
from .lib.database_away import is_away, is_outcome_unknown
from .lib.given_back import Words, fields_of, words_of

_log = logging.getLogger(__name__)
_LOGGED = "_has_been_logged"  # Django's mark of an answer
_FOR_PROGRAMS = {"error": "The database does not answer right now. Send this again later."}
_ASKED = {
    "title": _("We cannot answer this right now."),
    "text": _("Our database does not answer. The status page itself stays up. Please try again in a minute."),
}
_SENT = {
    "title": _("We could not finish this."),
    "text": _(
        "Our database does not answer right now. Wait a minute, go back and send it again; what you typed is still in "
        "the form."
    ),
}


class WithoutDatabaseMiddleware:
    """Turns the absence of the database, whichever view notices it, into a 503. What a program did wrong passes."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The answer for an exception that is the database's; None for any other."""
        return answer(request, exception) if is_away(exception) else None


def answer(request: HttpRequest, error: BaseException, *, may_be_done: bool = False) -> HttpResponse:
    """A 503 without a look into the database. `may_be_done`: the view had ended before.

    One line in the log: a traceback for each of thousands of requests would say nothing more.
    """
    path, why = escape_uri_path(request.path), " ".join(str(error).split())  # neither begins a line of its own
    _log.warning("%s %s: the database does not answer: %s", request.method, path, why)
    _let_go()
    with language.speaking(language.known_for(request.path)):
        response = _said(request, may_be_done or is_outcome_unknown(error))
    response["Retry-After"] = RETRY_AFTER
    response["Cache-Control"] = "no-store"
    setattr(response, _LOGGED, True)  # or Django logs it once more, as an error
    if _is_personal(request):
        response["Referrer-Policy"] = "no-referrer"  # everywhere else it would spoil the CSRF check of "Try again"
    return response


def _is_personal(request: HttpRequest) -> bool:
    """Whether a token stands in the address."""
    return request.resolver_match is not None and "token" in request.resolver_match.kwargs


def _let_go() -> None:
    """The next request connects anew: after a failover the old one would go on speaking to a server for reading."""
    if not connection.in_atomic_block:
        connection.close()


def _said(request: HttpRequest, may_be_done: bool) -> HttpResponse:
    if is_for_programs(request.path):
        return JsonResponse(_FOR_PROGRAMS, status=503)
    if words := words_of(request):
        return _given_back(request, words, may_be_done)
    is_asked = request.method in ("GET", "HEAD")
    context = {"status": 503, "words": _ASKED if is_asked else _SENT, "again": is_asked and request.get_full_path()}
    return HttpResponse(render_to_string("public/error.html", {"site": None, **context}), status=503)


def _given_back(request: HttpRequest, words: Words, may_be_done: bool) -> HttpResponse:
    context = {
        "site": None,
        "words": words,
        "may_be_done": may_be_done,
        "fields": fields_of(request, words),
        "action": request.get_full_path(),
        "csrf_token": get_token(request),
    }
    return HttpResponse(render_to_string("public/given_back.html", context), status=503)
