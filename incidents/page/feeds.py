"""RSS, Atom and JSON Feed of what we last spoke about, each entry with its whole timeline, under ids that last; and of
our bulletins."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import QuerySet
from django.utils.feedgenerator import SyndicationFeed
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from statuspage.lib.text import printable

from ..models import Component, Incident, IncidentUpdate
from .bulletin_feed import entries
from .feed_kinds import Atom, Rss, begin, date, subject, tag
from .incident_views import Brand, IncidentView, Update, brand, build_views, public_codes
from .json_feed import JsonFeed

ENTRIES = 25
_ONE_PARAGRAPH = re.compile(r"\s*<p>((?:(?!</?p>).)*)</p>\s*", re.DOTALL)


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


def _write(kind: type[SyndicationFeed], name: str, at: datetime, component_id: str = "") -> str:
    site = brand()
    about = subject(component_id)
    feed = begin(kind, site, name=name, title=_("Incident History"), about=about)
    stories = build_views(_last_spoken_of(about), codes=public_codes(), at=at)
    newest_first = sorted(stories, key=lambda story: (story.spoke_at, story.pk), reverse=True)
    told = [_entry(story, site, kind) for story in newest_first]
    told += [] if about else entries(site, at=at, most=ENTRIES)
    for entry in sorted(told, key=lambda entry: entry["updateddate"], reverse=True)[:ENTRIES]:
        feed.add_item(**entry)
    return feed.writeString("utf-8")


def _last_spoken_of(component: Component | None) -> QuerySet[Incident]:
    """Return the ENTRIES incidents last spoken of, by their last updates: no more of the past is read than told."""
    public = Incident.all_kinds.public()
    concerned = public.affecting(component) if component else public
    last = IncidentUpdate.objects.public().last_of_each().filter(incident__in=concerned)
    spoken_of = last.order_by("-display_at", "-incident_id").values_list("incident_id", flat=True)[:ENTRIES]
    return Incident.all_kinds.filter(pk__in=list(spoken_of)).with_timeline()


def _entry(story: IncidentView, site: Brand, kind: type[SyndicationFeed]) -> dict:
    address = settings.SITE_URL + story.url
    content = format_html_join("", "{}", ((_paragraph(update, site.zone),) for update in story.updates))
    dated = story.spoke_at
    if kind is Rss and story.window:
        content, dated = _scheduled_event(story.window, site.zone) + content, story.window[0]
    return {
        "title": printable(story.title),
        "link": address,
        "description": printable(content),
        "unique_id": tag(f"Incident/{story.pk}") if kind is Atom else address,
        "unique_id_is_permalink": True if kind is Rss else None,
        "pubdate": dated.astimezone(site.zone),
        "updateddate": story.changed_at.astimezone(site.zone),
    }


def _paragraph(update: Update, zone: ZoneInfo) -> SafeString:
    """One paragraph: small date, bold status, text; longer texts follow theirs as they are."""
    head = format_html("<small>{}</small><br><strong>{}</strong>", date(update.at, zone), update.label)
    if mark := update.mark(zone):
        head = format_html("{} ({})", head, mark)
    if alone := _ONE_PARAGRAPH.fullmatch(update.html):
        return format_html("<p>{} - {}</p>", head, mark_safe(alone[1]))  # noqa: S308 -- cleaned when it was saved
    return format_html("<p>{}</p>{}", head, mark_safe(update.html))  # noqa: S308


def _scheduled_event(window: tuple[datetime, datetime], zone: ZoneInfo) -> SafeString:
    text = _("THIS IS A SCHEDULED EVENT %(window)s") % {"window": " - ".join(date(at, zone) for at in window)}
    return format_html("<p><strong>{}</strong></p>", text)
