"""Whoever opens many links that open nothing is slowed down: guesses, and what a scanner tries.

A link that opens something is never held up, whoever else is behind the same address: a mail provider ends thousands
of subscriptions from one network (RFC 8058). This limits what guessing costs us; that nobody guesses a token is what
its 128 signed bits are for.
"""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy

from .errors import too_many
from .lib import limits, tokens

# Whatever an address may carry as its token: see test_guesses.py.
PURPOSES = ("subscription", "confirm", "sms report", "setup", "let in")


_TEXT = gettext_lazy(
    "Many links that open nothing were tried from your network. Those in our messages work all the same. If yours did "
    "not, it may have been cut off: copy all of it, and open it again after that."
)


class GuessesMiddleware:
    """429 in place of a 404, for addresses with a token in them."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != 404 or not request.resolver_match or "token" not in request.resolver_match.kwargs:
            return response
        wait = limits.missed(request.META)
        return too_many(request, wait, _TEXT) if wait else response

    def process_view(self, request, view, args, kwargs) -> HttpResponse | None:
        """Refuse a token that nobody signed where the budget is used up, before it reaches view or database."""
        if "token" not in kwargs or not (wait := limits.misses_wait(request.META)):
            return None
        if any(tokens.read(purpose, kwargs["token"]) for purpose in PURPOSES):
            return None
        return too_many(request, wait, _TEXT)
