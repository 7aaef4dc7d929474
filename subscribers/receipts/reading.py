"""Reading what strangers post to a receipt door: bounded before it is read, and whatever is wrong with it is theirs."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import Error as DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

logger = logging.getLogger(__name__)
_NOT_OF_READING = (DatabaseError, Http404, PermissionDenied, RequestDataTooBig)


class Unreadable(Exception):
    """A body that was posted and cannot be understood; the cause says why."""


def door(*methods: str):
    """A view for programs, without CSRF token. 413 for too much, 400 for what cannot be read."""
    return lambda view: csrf_exempt(require_http_methods(methods)(_guarded(view)))


def _guarded(view):
    @wraps(view)
    def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except RequestDataTooBig:
            return HttpResponse(status=413)
        except Unreadable as error:
            # One line: whoever posts a million of them fills no disk with tracebacks.
            logger.warning("A report was refused: %.300r", error.__cause__)
            return HttpResponse(status=400)

    return guarded


@contextmanager
def reading(request: HttpRequest, *, most: int) -> Iterator[None]:
    """Inside, the body may be read, `most` bytes of it. Raises RequestDataTooBig before the first is, and Unreadable
    for any fault of a parser, of Python's as of a library's: nested too deep, a wrong coding, a number out of range.

    To be entered once it is known who calls.
    """
    # Django's own limit leaves out files, and counts what was read already. Without a length there is no body.
    if int(request.META.get("CONTENT_LENGTH") or 0) > most:
        raise RequestDataTooBig
    try:
        yield
    except _NOT_OF_READING:
        raise
    except Exception as error:
        raise Unreadable from error
