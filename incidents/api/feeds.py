"""The doors for readers that come by themselves: feed readers, calendars, search engines."""

from django.http import Http404, HttpResponse

from statuspage.lib.public import from_anywhere, public, this_minute

from ..models import Component
from ..page import calendar, feeds, sitemap
from ..page.json_feed import JsonFeed


@from_anywhere
@public
def json(request):
    return HttpResponse(feeds.json(at=this_minute()), content_type=JsonFeed.content_type)


@from_anywhere
@public
def component_atom(request, public_id):
    return _of_component(feeds.atom, public_id, feeds.Atom.content_type)


@from_anywhere
@public
def component_rss(request, public_id):
    return _of_component(feeds.rss, public_id, feeds.Rss.content_type)


def _of_component(write, public_id, content_type):
    try:
        return HttpResponse(write(at=this_minute(), component=public_id), content_type=content_type)
    except Component.DoesNotExist:
        raise Http404 from None


@from_anywhere
@public
def maintenances(request):
    return HttpResponse(calendar.build(), content_type=calendar.CONTENT_TYPE)


@public
def sitemap_xml(request):
    return HttpResponse(sitemap.xml(), content_type="application/xml; charset=utf-8")


@public
def robots_txt(request):
    return HttpResponse(sitemap.robots(), content_type="text/plain; charset=utf-8")
