"""Answers that are the same for everybody."""

from datetime import datetime
from functools import wraps

from django.utils import timezone
from django.utils.cache import get_conditional_response, set_response_etag

from .methods import read_only

CACHE_CONTROL = "public, max-age=10, stale-while-revalidate=60, stale-if-error=86400"


def public(view):
    """Mark an answer as the same for everybody: cacheable, with an ETag, GET and HEAD only."""

    @read_only
    @wraps(view)
    def answer(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = CACHE_CONTROL
        set_response_etag(response)
        return get_conditional_response(request, etag=response["ETag"], response=response)

    answer.is_public = True  # what the edge goes by
    return answer


def from_anywhere(view):
    """Let a script on any other site read the answer, a 304 and a 404 included (CORS without credentials)."""

    @wraps(view)
    def answer(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        response["Access-Control-Allow-Origin"] = "*"
        return response

    return answer


def this_minute() -> datetime:
    """The page speaks in minutes: within one the same facts are the same bytes, and the ETag holds."""
    return timezone.now().replace(second=0, microsecond=0)
