"""The doors for other people's pages: the badge, and the script that shows a banner while something is open."""

from functools import cache

from django.http import Http404, HttpResponse

from statuspage.lib import scripts
from statuspage.lib.public import from_anywhere, public
from statuspage.lib.static_files import static_file

from ..models import Component, Site
from ..page import badge


@from_anywhere
@public
@Site.speaking()
def whole_badge(request):
    return HttpResponse(badge.whole().svg(), content_type=badge.CONTENT_TYPE)


@from_anywhere
@public
@Site.speaking()
def component_badge(request, public_id):
    try:
        return HttpResponse(badge.component(public_id).svg(), content_type=badge.CONTENT_TYPE)
    except Component.DoesNotExist:
        raise Http404 from None


@from_anywhere
@public
@Site.speaking()
def banner(request):
    return HttpResponse(scripts.with_words(_script()), content_type="text/javascript; charset=utf-8")


@cache
def _script() -> str:
    """Serve the script at an address that lasts: other people's pages name it, so it cannot carry a hash."""
    return static_file("js/embed.js").read_text()
