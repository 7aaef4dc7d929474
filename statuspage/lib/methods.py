"""Which methods a view answers to."""

from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe


def read_only(view):
    """GET and HEAD alone; everything else is a 405.

    Exempt from the CSRF check, which comes first and would call a wrong method a form without its token: nothing but
    the refusal is behind it.
    """
    return csrf_exempt(require_safe(view))
