"""The maintenances as a calendar to subscribe to (RFC 5545)."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from statuspage.lib import markdown
from statuspage.lib.text import printable

from ..enums import ACTIVE_MAINTENANCE, MaintenanceStatus
from ..models import Maintenance
from .incident_views import Brand, brand

CONTENT_TYPE = "text/calendar; charset=utf-8"
NEWEST = 100
REFRESH = timedelta(hours=1)
SHORTEST = timedelta(minutes=1)  # an event must end after it begins
_AFFECTS = {
    MaintenanceStatus.SCHEDULED: gettext_lazy("Will affect: %(names)s."),
    MaintenanceStatus.IN_PROGRESS: gettext_lazy("Affects: %(names)s."),
    MaintenanceStatus.VERIFYING: gettext_lazy("Affects: %(names)s."),
    MaintenanceStatus.COMPLETED: gettext_lazy("Affected: %(names)s."),
    MaintenanceStatus.CANCELLED: gettext_lazy("Would have affected: %(names)s."),
}


def build(*, at: datetime) -> bytes:
    """Return the maintenances planned, under way and over as of `at`, by window, as an iCalendar. Four queries."""
    site = brand()
    rows = Maintenance.objects.public().order_by("-scheduled_for", "-id").with_timeline()[:NEWEST]
    calendar = _calendar(site)
    for row in reversed(rows):
        calendar.add_component(_event(row, at))
    return calendar.to_ical()


def _calendar(site: Brand) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", f"-//statuspage//maintenances//{get_language().upper()}")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    name = _line(_("%(page)s: maintenance") % {"page": site.page_name})
    for key in ("name", "x-wr-calname"):  # RFC 7986, and what programs read that do not know it
        calendar.add(key, name)
    calendar.add("x-wr-timezone", str(site.zone))
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    return calendar


def _event(row: Maintenance, at: datetime) -> Event:
    called_off = row.status == MaintenanceStatus.CANCELLED
    revision, changed_at = _revision(row, at)
    begin, end = _window(row, at)
    event = Event()
    event.add("uid", f"{row.public_id}@{urlsplit(settings.SITE_URL).hostname}")
    event.add("dtstamp", changed_at.astimezone(UTC))
    event.add("last-modified", changed_at.astimezone(UTC))
    event.add("sequence", revision)
    event.add("status", "CANCELLED" if called_off else "CONFIRMED")
    event.add("transp", "TRANSPARENT")  # our work does not take up the reader's time
    event.add("dtstart", begin.astimezone(UTC))
    event.add("dtend", end.astimezone(UTC))
    title = _("Cancelled: %(title)s") % {"title": row.title} if called_off else row.title  # some never show STATUS
    event.add("summary", _line(title))
    event.add("description", _description(row))
    event.add("url", row.get_public_url())
    return event


def _revision(row: Maintenance, at: datetime) -> tuple[int, datetime]:
    """Return the number of revisions (SEQUENCE) of the event (UID), and when the last was.

    Each update, each that is withdrawn or edited and each time that the end is put off is one, so that a calendar
    follows what we say.
    """
    updates, overrun = row.updates.all(), _overrun(row, at)
    changes = [at for update in updates for at in (update.withdrawn_at, update.edited_at) if at]
    number = max(len(updates) - 1, 0) + len(changes) + row.window_moves + overrun
    if overrun:
        changes.append(_planned(row)[1] + (overrun - 1) * REFRESH)
    return number, max([row.updated_at, *changes])


def _window(row: Maintenance, at: datetime) -> tuple[datetime, datetime]:
    """Return when it begins and ends: as planned, until we know better."""
    planned_begin, planned_end = _planned(row)
    begin = _began_at(row) or planned_begin
    done_at = row.resolved_at if row.status == MaintenanceStatus.COMPLETED else None
    return begin, max(done_at or planned_end + _overrun(row, at) * REFRESH, begin + SHORTEST)


def _planned(row: Maintenance) -> tuple[datetime, datetime]:
    assert row.window is not None  # noqa: S101  a constraint says so
    return row.window


def _began_at(row: Maintenance) -> datetime | None:
    return min((one.display_at for one in row.updates.all() if one.status in ACTIVE_MAINTENANCE), default=None)


def _overrun(row: Maintenance, at: datetime) -> int:
    """Return how often its end was put off, by REFRESH each time: while it goes on it must not seem over."""
    if row.status in (MaintenanceStatus.SCHEDULED, MaintenanceStatus.CANCELLED):
        return 0
    return max(((row.resolved_at or at) - _planned(row)[1]) // REFRESH + 1, 0)


def _description(row: Maintenance) -> str:
    names = ", ".join(one.component.name for one in row.affected.all())
    said = next((markdown.plain(update.body_html) for update in row.updates.all() if not update.withdrawn_at), "")
    parts = [f"{row.status_label}.", _AFFECTS[MaintenanceStatus(row.status)] % {"names": names} if names else "", said]
    return printable("\n\n".join(part for part in parts if part))


def _line(text: str) -> str:
    """Return `text` as one line: a break in it, older than the rule against it, would end the calendar's line too."""
    return " ".join(printable(text).split())
