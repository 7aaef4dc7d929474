"""The doors for other people's pages: the badge, and the script that shows a banner while something is open."""

from functools import cache

from django.http import Http404, HttpResponse

from statuspage.lib.public import from_anywhere, public
from statuspage.lib.static_files import static_file

from ..models import Component
from ..page import badge


@from_anywhere
@public
def whole_badge(request):
    return HttpResponse(badge.whole().svg(), content_type=badge.CONTENT_TYPE)


@from_anywhere
@public
def component_badge(request, public_id):
    try:
        return HttpResponse(badge.component(public_id).svg(), content_type=badge.CONTENT_TYPE)
    except Component.DoesNotExist:
        raise Http404 from None


@from_anywhere
@public
def banner(request):
    return HttpResponse(_script(), content_type="text/javascript; charset=utf-8")


@cache
def _script() -> bytes:
    """At an address that lasts: other people's pages name it, so it cannot carry a hash."""
    return static_file("js/embed.js").read_bytes()
