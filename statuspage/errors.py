"""The pages that a browser sees when we refuse or fail: the site's looks, plain words, never a traceback."""

import sys
from typing import NamedTuple

from django.db import Error as DatabaseError
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from incidents.models import Site
from statuspage.lib.language import Text

from . import without_database
from .lib import language, limits
from .lib.database_away import is_away


class _Words(NamedTuple):
    title: Text
    text: Text


_WORDS = {
    400: _Words(
        _("We cannot read this request."),
        _("The address or what came with it is not one that we answer to."),
    ),
    403: _Words(
        _("This is not open to you."),
        _("Your account does not have the permission for it. Ask whoever runs this site."),
    ),
    404: _Words(
        _("There is nothing at this address."), _("It may have been mistyped, or what was here is no longer public.")
    ),
    405: _Words(
        _("This address cannot be used in that way."), _("Go back and follow a link or a button on the page instead.")
    ),
    500: _Words(
        _("Something failed on our side."), _("It is not your doing. We have noted it; please try again in a minute.")
    ),
}
_CSRF = _Words(
    _("We did not accept this form."),
    _(
        "It was open for too long, or your browser keeps no cookies for this site. Go back, copy what you typed, "
        "reload the page and send it again."
    ),
)


def bad_request(request, exception=None) -> HttpResponse:
    """400, also for a Host that is not ours; 503 where a session could not be written."""
    if is_away(exception):
        return without_database.answer(request, exception, may_be_done=True)
    return _answer(request, 400, _WORDS[400])


def permission_denied(request, exception=None) -> HttpResponse:
    """403 for somebody who is logged in and may not."""
    return _answer(request, 403, _WORDS[403], _site())


def csrf_failure(request, reason="") -> HttpResponse:
    """403 for a form without its token; the reason is for the log, not for the reader.

    405 for a method that no form can send: there nothing was missing but an address that knows it.
    """
    if request.method != "POST":
        return _answer(request, 405, _WORDS[405], _site(), headers={"Allow": "GET, HEAD, POST"})
    return _answer(request, 403, _CSRF, _site())


def page_not_found(request, exception=None) -> HttpResponse:
    """404, the same for what never was and for what is hidden."""
    return _answer(request, 404, _WORDS[404], _site())


def server_error(request) -> HttpResponse:
    """500, without the database: it may be what failed. 503 where it did, outside of every view."""
    error = sys.exc_info()[1]
    if error is not None and is_away(error):
        return without_database.answer(request, error, may_be_done=True)
    return _answer(request, 500, _WORDS[500])


def too_many(request, seconds: float, text: Text) -> HttpResponse:
    """429 with `text`, which says of what; without the database: a flood must cost little."""
    with language.speaking(language.known_for(request.path)):
        words = _Words(_("Please wait %(time)s.") % {"time": limits.in_words(seconds)}, text)
    headers = {"Retry-After": limits.retry_after(seconds), "Referrer-Policy": "no-referrer"}
    return _answer(request, 429, words, headers=headers)


class MethodNotAllowedMiddleware:
    """Puts words on a 405, for which Django has no handler and sends an empty page."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request) -> HttpResponse:
        """The view's answer; an empty 405 with the same Allow header and a page."""
        response = self.get_response(request)
        if response.status_code != 405 or response.streaming or response.content:
            return response
        return _answer(request, 405, _WORDS[405], _site(), headers={"Allow": response["Allow"]})


def _site() -> Site | None:
    try:
        return Site.load()
    except DatabaseError:
        return None


def _answer(request, status: int, words: _Words, site: Site | None = None, headers: dict | None = None) -> HttpResponse:
    with language.speaking(language.known_for(request.path)):
        content = render_to_string("public/error.html", {"site": site, "words": words, "status": status})
    return HttpResponse(content, status=status, headers={"Cache-Control": "no-store", **(headers or {})})
