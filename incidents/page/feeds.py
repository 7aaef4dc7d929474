"""RSS and Atom of the last things we spoke about, each entry with its whole timeline, under ids that last."""

import re
from datetime import datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Max
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed, SyndicationFeed
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from ..models import Incident
from .stories import Brand, Story, Update, brand, public_codes, tell

ENTRIES = 25
# What XML 1.0 cannot hold at all, escaped or not.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
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


def atom(*, at: datetime) -> str:
    """The Atom feed; published and updated are both the time of the last update."""
    return _write(Atom, reverse("history-atom"), at)


def rss(*, at: datetime) -> str:
    """The RSS feed; a maintenance is dated by its window and says first that it is a scheduled event."""
    return _write(Rss, reverse("history-rss"), at)


def _write(kind: type[SyndicationFeed], path: str, at: datetime) -> str:
    site = brand()
    feed = kind(
        title=_clean(f"{site.page_name} - Incident History"),
        link=settings.SITE_URL + reverse("page"),
        description=_clean(f"What happened at {site.name}, and what we said."),
        author_name=_clean(site.name),
        feed_url=settings.SITE_URL + path,
        feed_guid=_tag("/history"),
        language="en",
    )
    for story in tell(_last_spoken_of(), codes=public_codes(), at=at):
        feed.add_item(**_entry(story, site, scheduled_event=kind is Rss))
    return feed.writeString("utf-8")


def _last_spoken_of():
    spoken_of = Incident.all_kinds.public().annotate(spoke_at=Max("updates__display_at")).exclude(spoke_at=None)
    return spoken_of.order_by("-spoke_at", "-id").with_timeline()[:ENTRIES]


def _entry(story: Story, site: Brand, *, scheduled_event: bool) -> dict:
    address = settings.SITE_URL + story.url
    content = format_html_join("", "{}", ((_paragraph(update, site.zone),) for update in story.updates))
    dated = story.spoke_at
    if scheduled_event and story.is_maintenance:
        content, dated = _scheduled_event(story, site.zone) + content, story.scheduled_for
    return {
        "title": _clean(story.title),
        "link": address,
        "description": _clean(content),
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
    if alone := _ONE_PARAGRAPH.fullmatch(update.html):
        return format_html("<p>{} - {}</p>", head, mark_safe(alone[1]))  # noqa: S308 -- cleaned when it was saved
    return format_html("<p>{}</p>{}", head, mark_safe(update.html))  # noqa: S308


def _scheduled_event(story: Story, zone: ZoneInfo) -> SafeString:
    window = f"{_date(story.scheduled_for, zone)} - {_date(story.scheduled_until, zone)}"
    return format_html("<p><strong>THIS IS A SCHEDULED EVENT {}</strong></p>", window)


def _date(at: datetime, zone: ZoneInfo) -> str:
    return escape(f"{at.astimezone(zone):%b %-d, %Y, %H:%M %Z}")


def _clean(text: str) -> str:
    return _NOT_XML.sub("", text)
