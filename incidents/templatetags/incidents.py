"""Words and marks for templates: times, spans, states. No rule lives here; static/js/time.js speaks the same words."""

import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache

from django import template
from django.conf import settings
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from statuspage.lib import dates, scripts, spans

from ..enums import ComponentStatus
from ..page import times_said
from ..page.times_said import machine

register = template.Library()
_MARKUP = r'<(?:"[^"]*"|[^">])*>'
_BLOCK = re.compile(r'<(p|li|h\d|blockquote|th|td)((?: (?:"[^"]*"|[^">])*)?)>')
# A link that shows its own address: on paper nothing need be added to it.
_BARE = re.compile(r'<a (href="(?:mailto:)?([^"]*)"[^>]*)>(?=\2</a>)')


@register.simple_tag(takes_context=True)
def moment(context, at: datetime, near: datetime | None = None) -> str:
    """`at` as a <time> in the page's zone, which it names. Leaves out the day, or the year, that `near` shares.

    The script takes `near` for today, unless it is another time than the page's own.
    """
    zone = context["site"].zone if context.get("site") else UTC
    is_today = near == getattr(context.get("page"), "at", None)
    local = at.astimezone(zone)
    return format_html(
        '<time datetime="{}" data-local="{}"{}>{}</time>',
        machine(at),
        "near" if near else "full",
        format_html(' data-near="{}"', machine(near)) if near and not is_today else "",
        dates.moment(local, near and near.astimezone(zone)),
    )


@register.simple_tag(takes_context=True)
def said(context, update) -> SafeString:
    """The words of a page.stories.Update, each paragraph in its own direction.

    The times in them are moments too: the reader sees them in the zone of the times around them.
    """
    html = _BARE.sub(r'<a class="bare" \1>', _BLOCK.sub(r'<\1\2 dir="auto">', update.html))
    zone = context["site"].zone
    if update.promised_at is not None:
        html = _with_promise(html, update, zone)
    about = getattr(context.get("story"), "scheduled_for", None)  # before a window its own times are meant
    about = about if about and about > update.at else update.at
    return mark_safe(times_said.marked(html, update.at, about, zone))  # noqa: S308 -- cleaned when it was saved


def _with_promise(html: str, update, zone: tzinfo) -> str:
    """`html` with the promised time as a moment, in whichever way we write it."""
    local = update.promised_at.astimezone(zone)
    ways = map(re.escape, (dates.promised_on_its_day(local), dates.promised_today(local)))
    promise = rf"(?<![\w:])(?:{'|'.join(ways)})"

    def marked(found: re.Match) -> str:
        if found[0].startswith("<"):
            return found[0]
        attributes = (machine(update.promised_at), machine(update.at), mark_safe(found[0]))  # noqa: S308
        return format_html('<time datetime="{}" data-local="near" data-near="{}">{}</time>', *attributes)

    return re.sub(rf"{_MARKUP}|{promise}", marked, html)


@register.simple_tag
def relative(at: datetime, now: datetime) -> str:
    """`at` as seen from `now`: "in 12 min", "4 min ago". The script keeps it true while the page is open."""
    return format_html('<span data-relative="{}">{}</span>', machine(at), spans.seen_from(at - now))


@register.simple_tag
def span(start: datetime, end: datetime) -> str:
    """How long from `start` to `end`: "1 h 52 min"."""
    return lasted(end - start)


@register.filter
def state_word(status: str) -> str:
    """A component's status as people read it: "Partial outage"."""
    return str(ComponentStatus(status).label)


@register.filter
def lasted(duration: timedelta) -> str:
    """A duration in at most two units: minutes, hours with minutes, days with hours; never nothing."""
    return spans.lasted(duration)


@register.filter
def day(at: date) -> str:
    """A day in words: "21 November"."""
    return dates.day(at)


@register.filter
def full_day(at: date) -> str:
    """Write a day with its year."""
    return dates.full_day(at)


@register.simple_tag
def browser_words() -> SafeString:
    """The words of our scripts in the language of the page, as data in it; nothing in English, which they know."""
    return mark_safe(scripts.element())  # noqa: S308 -- our own words


@register.simple_tag
def absolute(path: str) -> str:
    """`path` on our own site, whatever host the reader came by."""
    return settings.SITE_URL + path


@register.simple_tag
def favicon(status: str) -> str:
    """The address of the tab's mark for a state, or for "none"."""
    return static(f"img/state-{status}.svg")


@register.simple_tag
@cache
def icon(status: ComponentStatus, *, quiet: bool = False) -> str:
    """The mark of a state, with an outline of its own; the word must stand beside it. `quiet`: in no colour."""
    return render_to_string(
        "public/_icon.html", {"status": ComponentStatus(status), "looks": "none" if quiet else status}
    )
