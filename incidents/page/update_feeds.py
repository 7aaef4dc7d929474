"""RSS, Atom and JSON Feed with an entry an update, and one a bulletin.

Most feed readers show an entry once: in a feed with an entry an incident they say that it began and nothing after.
"""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import QuerySet
from django.utils.feedgenerator import SyndicationFeed
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from statuspage.lib.text import printable

from ..enums import CLOSED, ComponentStatus, MaintenanceStatus, is_in_force
from ..models import Component, Incident, IncidentUpdate
from .bulletin_feed import entries, newest
from .feed_kinds import Atom, Rss, begin, date, subject, tag
from .incident_views import Brand, Update, brand, public_codes, said
from .json_feed import JsonFeed

ENTRIES = 50


def atom(component: str = "", *, at: datetime) -> str:
    """The Atom feed as of `at`, the newest update first.

    `component`: only what affects the one with this id, and no bulletin, for these are of the whole page. Raises
    Component.DoesNotExist, also for a hidden one.
    """
    return _write(Atom, "updates-atom", component, at)


def rss(component: str = "", *, at: datetime) -> str:
    """The RSS feed; `component` as for `atom`."""
    return _write(Rss, "updates-rss", component, at)


def json(component: str = "", *, at: datetime) -> str:
    """The JSON Feed; `component` as for `atom`."""
    return _write(JsonFeed, "updates-json", component, at)


def _write(kind: type[SyndicationFeed], name: str, component_id: str, at: datetime) -> str:
    """Four queries, whatever happened."""
    site, about, codes = brand(), subject(component_id), public_codes()
    feed = begin(kind, site, name=name, title=_("Updates"), about=about)
    rows = list(_newest(about))
    updates = [_entry(row, update, site, codes) for row, update in zip(rows, said(rows, codes=codes), strict=True)]
    bulletins = [] if about else entries(site, at=at, most=ENTRIES)
    for entry in newest(updates + bulletins, most=ENTRIES):
        feed.add_item(**entry)
    return feed.writeString("utf-8")


def _newest(component: Component | None) -> QuerySet[IncidentUpdate]:
    public = Incident.all_kinds.public()
    concerned = public.affecting(component) if component else public
    updates = IncidentUpdate.objects.public().filter(incident__in=concerned).newest_first().marked()
    return updates.select_related("incident__merged_into")[:ENTRIES]


def _entry(row: IncidentUpdate, update: Update, site: Brand, codes: frozenset[str]) -> dict:
    mark, told_at = update.mark(site.zone), row.incident.merged_into or row.incident
    content = format_html(
        '{}<div dir="auto">{}</div>{}',
        format_html("<p><strong>{}</strong></p>", mark) if mark else "",
        mark_safe(update.html),  # noqa: S308 -- cleaned when it was saved
        format_html_join("", "<p>{}</p>", _facts(row, site, codes)),
    )
    return {
        "title": printable(_titled(update, row.incident.title)),
        "link": f"{told_at.get_public_url()}#update-{update.public_id}",
        "description": printable(content),
        "unique_id": tag(f"Update/{update.public_id}"),
        "unique_id_is_permalink": False,
        "pubdate": update.at.astimezone(site.zone),
        "updateddate": update.changed_at.astimezone(site.zone),
    }


def _titled(update: Update, title: str) -> str:
    """Return the title of an entry: first the mark that a reader must know before all else, then state and title."""
    words = "%(state)s: %(title)s"
    if update.withdrawn_at:
        words = _("Withdrawn: %(state)s: %(title)s")
    elif update.corrects_at:
        words = _("Correction: %(state)s: %(title)s")
    return words % {"state": update.label, "title": title}


def _facts(row: IncidentUpdate, site: Brand, codes: frozenset[str]) -> Iterator[tuple[SafeString | str]]:
    """Yield, a paragraph each, the window of a maintenance and what is affected."""
    incident = row.incident
    if incident.window:
        start, end = (date(at, site.zone) for at in incident.window)
        yield (_("%(start)s to %(end)s") % {"start": start, "end": end},)
    if named := [one for one in row.affected_components if one["code"] in codes]:
        yield (format_html("{}: {}.", _affected_as(row), format_html_join(", ", "{}{}", _names(row, named))),)


def _affected_as(row: IncidentUpdate) -> str:
    match row.status:
        case MaintenanceStatus.SCHEDULED:
            return pgettext("before a list", "Will be affected")
        case MaintenanceStatus.CANCELLED:
            return pgettext("before a list", "Would have been affected")
    return pgettext("before a list", "Was affected") if row.status in CLOSED else pgettext("before a list", "Affected")


def _names(row: IncidentUpdate, named: list[dict]) -> Iterator[tuple[SafeString, str]]:
    """Yield each component's name, and its state while the update holds it there."""
    for one in named:
        state = f" ({ComponentStatus(one['new_status']).inside})" if is_in_force(row.status) else ""
        yield format_html('<span dir="auto">{}</span>', one["name"]), state
