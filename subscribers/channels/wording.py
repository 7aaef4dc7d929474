"""The sentences that e-mail and SMS share."""

import re
from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Q

from incidents.enums import ComponentStatus, Kind, MaintenanceStatus
from incidents.models import Announcement
from statuspage.lib.local_time import zone_name

_NAMED = 12  # Of 200 affected components a reader learns nothing but a number.
_MAINTENANCE: dict[str, str] = {
    MaintenanceStatus.SCHEDULED: "Planned work{on}{when}.",
    MaintenanceStatus.IN_PROGRESS: "Planned work{on} is under way{when}.",
    MaintenanceStatus.VERIFYING: "The planned work{on} is done; we are checking the result.",
    MaintenanceStatus.COMPLETED: "The planned work{on} is over.",
    MaintenanceStatus.CANCELLED: "The planned work{on} will not take place.",
}


def moment(at: datetime, zone: ZoneInfo) -> str:
    """The full time in `zone`, named: "21 Nov 2026, 14:03 CET"."""
    local = at.astimezone(zone)
    return f"{local.day} {local:%b %Y, %H:%M} {zone_name(local)}"


def clock(at: datetime, zone: ZoneInfo, *, seen_at: datetime) -> str:
    """As short as it stays clear for whoever reads it about `seen_at`: "14:30 CET", with the day on another day."""
    local = at.astimezone(zone)
    day = "" if local.date() == seen_at.astimezone(zone).date() else f"{local.day} {local:%b} "
    return f"{day}{local:%H:%M} {zone_name(local)}"


def holds_promise(announcement: Announcement, zone: ZoneInfo) -> bool:
    """Whether the words themselves say by when the next update comes, today, so that nobody must say it again."""
    seen_at = announcement.published_at or announcement.created_at
    if announcement.next_update_at is None:
        return False
    said = clock(announcement.next_update_at, zone, seen_at=seen_at)
    hour = f"{announcement.next_update_at.astimezone(zone):%H:%M}"
    is_today = said.startswith(hour)
    return is_today and bool(re.search(rf"\bby {hour}\b|\b{re.escape(said)}", announcement.body))


def window(announcement: Announcement, zone: ZoneInfo) -> str:
    """A maintenance's window: "22 Nov 2026, 02:00 to 04:00 CET", with both days where it crosses midnight."""
    start, end = (at.astimezone(zone) for at in (announcement.scheduled_for, announcement.scheduled_until))
    if start.date() != end.date() or start.utcoffset() != end.utcoffset():
        return f"{moment(start, zone)} to {moment(end, zone)}"
    return f"{start.day} {start:%b %Y, %H:%M} to {end:%H:%M} {zone_name(end)}"


def listed(names: Iterable[str]) -> str:
    """ "A, B and C"; the tail of a long list becomes its number."""
    names = list(names)
    if len(names) > _NAMED:
        names[_NAMED - 1 :] = [f"{len(names) - _NAMED + 1} more"]
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def state(announcement: Announcement) -> str:
    """Where it stands, so that it is understood alone: "Investigating", "Maintenance scheduled"."""
    if announcement.kind == Kind.MAINTENANCE:
        return f"Maintenance {announcement.status_label.lower()}"
    return announcement.status_label


def corrected(announcement: Announcement, zone: ZoneInfo) -> str:
    """Which message a correction takes the place of: "14:03 CET (Investigating)"; empty for anything else."""
    return _named(announcement.corrects, announcement, zone) if announcement.corrects else ""


def superseded(announcement: Announcement, zone: ZoneInfo) -> str:
    """Which earlier update of the incident this one takes the place of; empty for the first. One query."""
    if announcement.incident.pk is None:
        return ""
    earlier = announcement.incident.announcements.order_by("-pk")
    if announcement.pk:  # what was recalled since was live when this went out
        at = announcement.created_at
        earlier = earlier.filter(Q(recall=None) | Q(recall__at__gt=at), pk__lt=announcement.pk)
    else:
        earlier = earlier.live()
    last = earlier.first()
    return _named(last, announcement, zone) if last else ""


def _named(earlier: Announcement, announcement: Announcement, zone: ZoneInfo) -> str:
    seen_at = announcement.published_at or announcement.created_at
    return f"{clock(earlier.published_at, zone, seen_at=seen_at)} ({state(earlier)})"


def affected(announcement: Announcement, zone: ZoneInfo) -> list[str]:
    """What comes first: what is affected and how, in sentences. Nothing where an incident names no component."""
    components = announcement.components or []
    names = listed(component["name"] for component in components)
    if announcement.kind == Kind.MAINTENANCE:
        when = f", {window(announcement, zone)}" if announcement.scheduled_for else ""
        return [_MAINTENANCE[announcement.status].format(on=f" on {names}" if names else "", when=when)]
    if announcement.is_last:
        return [f"This is over. It affected {names}." if names else "This is over."]
    return _by_status(components)


def _by_status(components: list[dict[str, str]]) -> list[str]:
    """Worst first: "Major outage: Checkout.", "Degraded performance: Search and Reports." """
    by_status: dict[ComponentStatus, list[str]] = {}
    for component in components:
        by_status.setdefault(ComponentStatus(component["status"]), []).append(component["name"])
    worst_first = sorted(by_status, key=lambda status: status.rank, reverse=True)
    return [f"{status.label}: {listed(by_status[status])}." for status in worst_first]
