"""Answers that are the same for everybody."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils import timezone
from django.utils.cache import set_response_etag

from . import conditional
from .methods import read_only

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]
IS_PUBLIC = "is_public"  # marks of views
IS_FROM_ANYWHERE = "is_from_anywhere"
CACHE_CONTROL = "public, max-age=10, stale-while-revalidate=60, stale-if-error=86400"


def public(view: View[P]) -> View[P]:
    """Mark an answer as the same for everybody: cacheable, with an ETag, GET and HEAD only."""

    @read_only
    @wraps(view)
    def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = CACHE_CONTROL
        set_response_etag(response)
        return _in_place_of(response, request)

    setattr(answer, IS_PUBLIC, True)  # what the edge goes by
    return answer


def _in_place_of(response: HttpResponse, request: HttpRequest) -> HttpResponse:
    """`response`, or what RFC 9110 wants instead of it, by the rule that the edge keeps too."""
    instead = conditional.outcome(request.META, response["ETag"]) if response.status_code == 200 else ""
    if not instead:
        return response
    kept = {name: response[name] for name in ("Cache-Control", "ETag")}
    if instead == conditional.FAILED:
        return HttpResponse(status=412, headers=kept)
    return HttpResponseNotModified(headers=kept)


def from_anywhere(view: View[P]) -> View[P]:
    """Let a script on any other site read the answer, a 304 and a 404 included (CORS without credentials)."""

    @wraps(view)
    def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["Access-Control-Allow-Origin"] = "*"
        return response

    setattr(answer, IS_FROM_ANYWHERE, True)  # what the door goes by
    return answer


def this_minute() -> datetime:
    """The page speaks in minutes: within one the same facts are the same bytes, and the ETag holds."""
    return timezone.now().replace(second=0, microsecond=0)
