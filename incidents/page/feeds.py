"""RSS, Atom and JSON Feed of what we last spoke about, each entry with its whole timeline, under ids that last."""

import re
from datetime import datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed, SyndicationFeed
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from statuspage.lib.text import printable

from ..models import Component, Incident, IncidentUpdate
from .json_feed import JsonFeed
from .stories import Brand, Story, Update, brand, public_codes, tell

ENTRIES = 25
_ONE_PARAGRAPH = re.compile(r"\s*<p>((?:(?!</?p>).)*)</p>\s*", re.DOTALL)


class Atom(Atom1Feed):
    """Django writes the text as a summary; the field's readers expect it as content."""

    content_type = "application/atom+xml; charset=utf-8"

    def add_item_elements(self, handler, item):
        """All of Django's elements, the text as content."""
        super().add_item_elements(handler, item | {"description": None})
        handler.addQuickElement("content", item["description"], {"type": "html"})


class Rss(Rss201rev2Feed):
    content_type = "application/rss+xml; charset=utf-8"

    def latest_post_date(self) -> datetime:
        """When we last said something: a maintenance is dated by its window, which may be weeks ahead."""
        return max((item["updateddate"] for item in self.items), default=None) or super().latest_post_date()


def atom(*, at: datetime, component: str = "") -> str:
    """The Atom feed; published and updated are both the time of the last update.

    `component`: only what affects the one with this id. Raises Component.DoesNotExist, also for a hidden one.
    """
    return _write(Atom, "history-atom", at, component)


def rss(*, at: datetime, component: str = "") -> str:
    """The RSS feed; a maintenance is dated by its window and says first that it is a scheduled event.

    `component`: as for `atom`.
    """
    return _write(Rss, "history-rss", at, component)


def json(*, at: datetime) -> str:
    """The JSON Feed, dated as the Atom feed is."""
    return _write(JsonFeed, "history-json", at)


def _write(kind: type[SyndicationFeed], address: str, at: datetime, component_id: str = "") -> str:
    site = brand()
    component = Component.objects.public().get(public_id=component_id) if component_id else None
    of = f" of {component.name}" if component else ""
    feed = kind(
        title=printable(f"{site.page_name} - Incident History{of}"),
        link=settings.SITE_URL + _home(component),
        description=printable(f"What happened at {site.name}, and what we said."),
        author_name=printable(site.name),
        feed_url=settings.SITE_URL + _path(address, component),
        feed_guid=_tag(f"/components/{component.public_id}/history" if component else "/history"),
        language="en",
    )
    stories = tell(_last_spoken_of(component), codes=public_codes(), at=at)
    for story in sorted(stories, key=lambda story: (story.spoke_at, story.pk), reverse=True):
        feed.add_item(**_entry(story, site, scheduled_event=kind is Rss))
    return feed.writeString("utf-8")


def _home(component: Component | None) -> str:
    return reverse("component", args=[component.public_id]) if component else reverse("page")


def _path(address: str, component: Component | None) -> str:
    return reverse(f"component-{address}", args=[component.public_id]) if component else reverse(address)


def _last_spoken_of(component: Component | None) -> QuerySet[Incident]:
    """Found by what was said last, so that no more of the past is read than is told."""
    public = Incident.all_kinds.public()
    concerned = public.affecting(component) if component else public
    last = IncidentUpdate.objects.last_of_each().filter(incident__in=concerned)
    spoken_of = last.order_by("-display_at", "-incident_id").values_list("incident_id", flat=True)[:ENTRIES]
    return Incident.all_kinds.filter(pk__in=list(spoken_of)).with_timeline()


def _entry(story: Story, site: Brand, *, scheduled_event: bool) -> dict:
    address = settings.SITE_URL + story.url
    content = format_html_join("", "{}", ((_paragraph(update, site.zone),) for update in story.updates))
    dated = story.spoke_at
    if scheduled_event and story.is_maintenance:
        content, dated = _scheduled_event(story, site.zone) + content, story.scheduled_for
    return {
        "title": printable(story.title),
        "link": address,
        "description": printable(content),
        "unique_id": address if scheduled_event else _tag(f"Incident/{story.pk}"),
        "unique_id_is_permalink": True if scheduled_event else None,
        "pubdate": dated.astimezone(site.zone),
        "updateddate": story.spoke_at.astimezone(site.zone),
    }


def _tag(name: str) -> str:
    return f"tag:{urlsplit(settings.SITE_URL).hostname},2005:{name}"


def _paragraph(update: Update, zone: ZoneInfo) -> SafeString:
    """One paragraph: small date, bold status, text; longer texts follow theirs as they are."""
    head = format_html("<small>{}</small><br><strong>{}</strong>", _date(update.at, zone), update.label)
    if mark := update.mark(zone):
        head = format_html("{} ({})", head, mark)
    if alone := _ONE_PARAGRAPH.fullmatch(update.html):
        return format_html("<p>{} - {}</p>", head, mark_safe(alone[1]))  # noqa: S308 -- cleaned when it was saved
    return format_html("<p>{}</p>{}", head, mark_safe(update.html))  # noqa: S308


def _scheduled_event(story: Story, zone: ZoneInfo) -> SafeString:
    window = f"{_date(story.scheduled_for, zone)} - {_date(story.scheduled_until, zone)}"
    return format_html("<p><strong>THIS IS A SCHEDULED EVENT {}</strong></p>", window)


def _date(at: datetime, zone: ZoneInfo) -> str:
    return escape(f"{at.astimezone(zone):%b %-d, %Y, %H:%M %Z}")
