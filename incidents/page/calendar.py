"""The maintenances as a calendar to subscribe to (RFC 5545)."""

from collections.abc import Sequence
from datetime import UTC, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from icalendar import Calendar, Event

from statuspage.lib.text import printable

from ..enums import MaintenanceStatus
from ..models import Maintenance
from .stories import Brand, brand

CONTENT_TYPE = "text/calendar; charset=utf-8"
NEWEST = 100
REFRESH = timedelta(hours=1)


def build() -> bytes:
    """What is planned, under way and over, by window, as an iCalendar. Four queries."""
    site = brand()
    rows = Maintenance.objects.public().order_by("-scheduled_for", "-id").with_timeline()[:NEWEST]
    calendar = _calendar(site)
    for row in reversed(rows):
        calendar.add_component(_event(row))
    return calendar.to_ical()


def _calendar(site: Brand) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", "-//statuspage//maintenances//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    name = _line(f"{site.page_name}: maintenance")
    for key in ("name", "x-wr-calname"):  # RFC 7986, and what programs read that do not know it
        calendar.add(key, name)
    calendar.add("x-wr-timezone", str(site.zone))
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    return calendar


def _event(row: Maintenance) -> Event:
    """Each update, and each that is withdrawn, makes a new revision (SEQUENCE) of one event (UID): a calendar follows
    what we say."""
    called_off = row.status == MaintenanceStatus.CANCELLED
    updates = row.updates.all()
    withdrawn = [update.withdrawn_at for update in updates if update.withdrawn_at]
    changed_at = max([row.updated_at, *withdrawn]).astimezone(UTC)
    event = Event()
    event.add("uid", f"{row.public_id}@{urlsplit(settings.SITE_URL).hostname}")
    event.add("dtstamp", changed_at)
    event.add("last-modified", changed_at)
    event.add("sequence", max(len(updates) - 1, 0) + len(withdrawn))
    event.add("status", "CANCELLED" if called_off else "CONFIRMED")
    event.add("transp", "TRANSPARENT")  # our work does not take up the reader's time
    event.add("dtstart", row.scheduled_for.astimezone(UTC))
    event.add("dtend", row.scheduled_until.astimezone(UTC))
    event.add("summary", _line(row.title))
    event.add("description", _description(row, updates))
    event.add("url", row.get_public_url())
    return event


def _description(row: Maintenance, updates: Sequence) -> str:
    names = ", ".join(one.component.name for one in row.affected.all())
    said = next((update.body for update in updates if not update.withdrawn_at), "")
    parts = [f"{row.status_label}.", f"Affects: {names}." if names else "", said]
    return printable("\n\n".join(part for part in parts if part))


def _line(text: str) -> str:
    """One line of it: a break within, older than the rule against it, would end the calendar's line too."""
    return " ".join(printable(text).split())
