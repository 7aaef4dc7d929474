"""The methods that a view answers to."""

from collections.abc import Callable
from typing import TypeVar

from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def read_only(view: View) -> View:
    """GET and HEAD alone; everything else is a 405.

    Exempt from the CSRF check, which comes first and would call a wrong method a form without its token: nothing but
    the refusal is behind it.
    """
    return csrf_exempt(require_safe(view))
