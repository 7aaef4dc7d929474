"""Where a form leads afterwards, when the form itself says it: a path of this site, or nowhere."""

from django.http import HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme


def go_back(given: str, *, default: str) -> HttpResponseRedirect:
    """Lead to `given`, a path of this site that begins with a slash; to the path `default` where it is anything else.

    Django's `redirect` takes text for the name of a route first: "2026-11-30T10:00" names a namespace that is
    unknown and ends in NoReverseMatch.
    """
    is_ours = given.startswith("/") and url_has_allowed_host_and_scheme(given, allowed_hosts=None)
    return HttpResponseRedirect(given if is_ours else default)
