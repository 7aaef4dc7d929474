"""The doors for readers that come by themselves: feed readers, calendars, search engines."""

from collections.abc import Callable

from django.http import HttpResponse, HttpResponseNotFound
from django.utils.translation import gettext as _

from statuspage.lib.public import from_anywhere, public, this_minute

from ..models import Component, Site
from ..page import calendar, feeds, sitemap, update_feeds
from ..page.feed_kinds import Atom, Rss
from ..page.json_feed import JsonFeed


def _feed(write: Callable[[str], str], content_type: str):
    """The door of a feed of everything, or of one component; `write` takes its id or ""."""

    @from_anywhere
    @public
    @Site.speaking()
    def feed(request, public_id=""):
        try:
            return HttpResponse(write(public_id), content_type=content_type)
        except Component.DoesNotExist:
            return HttpResponseNotFound(
                _("There is no such component.") + "\n", content_type="text/plain; charset=utf-8"
            )

    return feed


updates_atom = _feed(lambda code: update_feeds.atom(code, at=this_minute()), Atom.content_type)
updates_rss = _feed(lambda code: update_feeds.rss(code, at=this_minute()), Rss.content_type)
updates_json = _feed(lambda code: update_feeds.json(code, at=this_minute()), JsonFeed.content_type)
history_atom = _feed(lambda code: feeds.atom(at=this_minute(), component=code), Atom.content_type)
history_rss = _feed(lambda code: feeds.rss(at=this_minute(), component=code), Rss.content_type)
history_json = _feed(lambda code: feeds.json(at=this_minute()), JsonFeed.content_type)


@from_anywhere
@public
@Site.speaking()
def maintenances(request):
    return HttpResponse(calendar.build(at=this_minute()), content_type=calendar.CONTENT_TYPE)


@public
def sitemap_xml(request):
    return HttpResponse(sitemap.xml(at=this_minute()), content_type="application/xml; charset=utf-8")


@public
def robots_txt(request):
    return HttpResponse(sitemap.robots(), content_type="text/plain; charset=utf-8")
