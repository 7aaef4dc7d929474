"""The parts that our feeds have in common, whatever stands in them: the formats, whose they are, ids and dates."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils.dateformat import format as formatted
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed, SyndicationFeed
from django.utils.html import escape
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from statuspage.lib.local_time import letters
from statuspage.lib.text import printable

from ..models import Component
from .incident_views import Brand

NOTHING_SAID = datetime(1970, 1, 1, tzinfo=UTC)  # stands still, so that the ETag of an empty feed does


class _Dated:
    """Dated by when we last said something: Django takes the time of writing for an empty feed, and for a maintenance
    that is dated by its window some time weeks ahead."""

    items: list[dict[str, Any]]  # as Django's feeds keep their entries

    def latest_post_date(self) -> datetime:
        """The newest update among the entries."""
        return max((item["updateddate"] for item in self.items), default=NOTHING_SAID)


class Atom(_Dated, Atom1Feed):
    """Django writes the text as a summary; the field's readers expect it as content."""

    content_type = "application/atom+xml; charset=utf-8"

    def add_item_elements(self, handler, item):
        """All of Django's elements, the text as content."""
        super().add_item_elements(handler, item | {"description": None})
        handler.addQuickElement("content", item["description"], {"type": "html"})


class Rss(_Dated, Rss201rev2Feed):
    content_type = "application/rss+xml; charset=utf-8"


def subject(component_id: str) -> Component | None:
    """The component that a feed is of; None for the feed of everything. Raises Component.DoesNotExist, also for a
    hidden one."""
    return Component.objects.public().get(public_id=component_id) if component_id else None


def begin(
    kind: type[SyndicationFeed], site: Brand, *, name: str, title: str, about: Component | None
) -> SyndicationFeed:
    """A feed without entries. `name`: of its URL, such as history-atom. Its id is its path without the ending."""
    place, arguments = "", []
    if about:
        place, arguments = "component-", [about.public_id]
        title = _("%(title)s of %(component)s") % {"title": title, "component": about.name}
    path = reverse(place + name, args=arguments)
    return kind(
        title=printable(f"{site.page_name} - {title}"),
        link=settings.SITE_URL + reverse("component" if about else "page", args=arguments),
        description=printable(_("What happened at %(name)s, and what we said.") % {"name": site.name}),
        author_name=printable(site.name),
        feed_url=settings.SITE_URL + path,
        feed_guid=tag(path.rpartition(".")[0]),
        language=get_language(),
    )


def tag(name: str) -> str:
    """An id that lasts (RFC 4151)."""
    return f"tag:{urlsplit(settings.SITE_URL).hostname},2005:{name}"


def date(at: datetime, zone: ZoneInfo) -> str:
    """A moment as feeds write it, as HTML: "Nov 21, 2026, 12:30 UTC"."""
    local = at.astimezone(zone)
    pattern = pgettext("date format of feeds", "M j, Y, H:i")
    return escape(f"{formatted(local, pattern)} {letters(local)}")
