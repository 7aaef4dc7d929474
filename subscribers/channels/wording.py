"""The sentences that e-mail and SMS share."""

import re
from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from incidents.enums import ComponentStatus, Kind, MaintenanceStatus, WindowChange
from incidents.models import Announcement
from statuspage.lib import dates
from statuspage.lib.language import Text

from ..enums import RecipientKind

_NAMED = 12  # Of 200 affected components a reader learns nothing but a number.
# Without a name of what it affects, and with one.
_PLANNED: dict[str, tuple[Text, Text]] = {
    MaintenanceStatus.SCHEDULED: (
        gettext_lazy("Planned work, %(window)s."),
        gettext_lazy("Planned work on %(names)s, %(window)s."),
    ),
    MaintenanceStatus.IN_PROGRESS: (
        gettext_lazy("Planned work is under way, %(window)s."),
        gettext_lazy("Planned work on %(names)s is under way, %(window)s."),
    ),
    MaintenanceStatus.VERIFYING: (
        gettext_lazy("The planned work is done; we are checking the result."),
        gettext_lazy("The planned work on %(names)s is done; we are checking the result."),
    ),
    MaintenanceStatus.COMPLETED: (
        gettext_lazy("The planned work is over."),
        gettext_lazy("The planned work on %(names)s is over."),
    ),
    MaintenanceStatus.CANCELLED: (
        gettext_lazy("The planned work will not take place."),
        gettext_lazy("The planned work on %(names)s will not take place."),
    ),
}
_UNTIMED: dict[str, tuple[Text, Text]] = {  # while nobody has said when
    MaintenanceStatus.SCHEDULED: (gettext_lazy("Planned work."), gettext_lazy("Planned work on %(names)s.")),
    MaintenanceStatus.IN_PROGRESS: (
        gettext_lazy("Planned work is under way."),
        gettext_lazy("Planned work on %(names)s is under way."),
    ),
}
_STATE: dict[str, Text] = {
    MaintenanceStatus.SCHEDULED: gettext_lazy("Maintenance scheduled"),
    MaintenanceStatus.IN_PROGRESS: gettext_lazy("Maintenance in progress"),
    MaintenanceStatus.VERIFYING: gettext_lazy("Maintenance verifying"),
    MaintenanceStatus.COMPLETED: gettext_lazy("Maintenance completed"),
    MaintenanceStatus.CANCELLED: gettext_lazy("Maintenance cancelled"),
}

_CHANGE: dict[str, Text] = {
    WindowChange.MOVED: gettext_lazy("Maintenance moved"),
    WindowChange.EXTENDED: gettext_lazy("Maintenance extended"),
    WindowChange.CUT_SHORT: gettext_lazy("Maintenance cut short"),
}


def moment(at: datetime, zone: ZoneInfo) -> str:
    """The full time in `zone`, named: "21 Nov 2026, 14:03 CET"."""
    return dates.moment(at.astimezone(zone))


def clock(at: datetime, zone: ZoneInfo, *, seen_at: datetime) -> str:
    """Return the time as short as it stays clear for whoever reads it about `seen_at`: "14:30 CET", with the day on
    another day."""
    local = at.astimezone(zone)
    if local.date() == seen_at.astimezone(zone).date():
        return dates.clock(local)
    return _("%(day)s %(clock)s") % {"day": dates.short_day(local), "clock": dates.clock(local)}


def holds_promise(announcement: Announcement, zone: ZoneInfo) -> bool:
    """Whether the words themselves say by when the next update comes, today, so that nobody must say it again."""
    if announcement.next_update_at is None:
        return False
    said = clock(announcement.next_update_at, zone, seen_at=announcement.read_at)
    hour = f"{announcement.next_update_at.astimezone(zone):%H:%M}"
    is_today = said.startswith(hour)
    by = re.escape(pgettext("before a time, in the lead's own words", "by"))
    return is_today and bool(re.search(rf"\b{by} {hour}\b|\b{re.escape(said)}", announcement.body))


def window(announcement: Announcement, zone: ZoneInfo) -> str:
    """A maintenance's window: "22 Nov 2026, 02:00 to 04:00 CET", with both days where it crosses midnight. Empty where
    nobody has said when, which a preview may not know yet."""
    start, end = announcement.scheduled_for, announcement.scheduled_until
    return dates.window(start.astimezone(zone), end.astimezone(zone)) if start and end else ""


def listed(names: Iterable[str]) -> str:
    """ "A, B and C"; the tail of a long list becomes its number."""
    names = list(names)
    if len(names) > _NAMED:
        more = len(names) - _NAMED + 1
        names[_NAMED - 1 :] = [ngettext("%(number)s more", "%(number)s more", more) % {"number": more}]
    if len(names) < 2:
        return "".join(names)
    return _("%(others)s and %(last)s") % {"others": ", ".join(names[:-1]), "last": names[-1]}


def state(announcement: Announcement) -> str:
    """Return the state so that it is understood alone: "Investigating", "Maintenance scheduled"; "Follow-up" after the
    end."""
    if announcement.window_change:
        return str(_CHANGE[announcement.window_change])
    if announcement.kind == Kind.MAINTENANCE and not announcement.is_late:
        return str(_STATE[announcement.status])
    return announcement.status_label


def corrected(announcement: Announcement, zone: ZoneInfo) -> str:
    """Return which message a correction takes the place of: "14:03 CET (Investigating)"; empty for anything else."""
    return _named(announcement.corrects, announcement, zone) if announcement.corrects else ""


def superseded(announcement: Announcement, zone: ZoneInfo) -> str:
    """Return which earlier update of the incident this one takes the place of; empty for the first, and for what tells
    no newer state: one about an earlier time, a word after the end. One query."""
    if announcement.incident.pk is None or announcement.is_late or announcement.is_backdated:
        return ""
    earlier = Announcement.objects.of(announcement.incident).newest_first()
    if announcement.pk:  # what was recalled since was live when this went out
        at = announcement.created_at
        earlier = earlier.filter(Q(recall=None) | Q(recall__at__gt=at), pk__lt=announcement.pk)
    else:
        earlier = earlier.live()
    last = earlier.first()
    return _named(last, announcement, zone) if last else ""


def _named(earlier: Announcement, announcement: Announcement, zone: ZoneInfo) -> str:
    at = clock(earlier.published_at, zone, seen_at=announcement.read_at)
    return _("%(time)s (%(state)s)") % {"time": at, "state": state(earlier)}


def about(announcement: Announcement, zone: ZoneInfo) -> str:
    """Return the words before what is about an earlier time, "At 14:05 CET:"; empty for anything else."""
    if not announcement.is_backdated:
        return ""
    return _("At %(time)s:") % {"time": clock(announcement.published_at, zone, seen_at=announcement.read_at)}


def affected(announcement: Announcement, zone: ZoneInfo) -> list[str]:
    """Return what comes first in a message: what is affected and how, in sentences. Empty where an incident names no
    component."""
    components = announcement.components or []
    names = listed(component["name"] for component in components)
    if announcement.kind == Kind.MAINTENANCE:
        return [_planned(announcement, names, zone)]
    if announcement.is_over:
        return [_("This is over. It affected %(names)s.") % {"names": names} if names else _("This is over.")]
    return _by_status(components)


def _planned(announcement: Announcement, names: str, zone: ZoneInfo) -> str:
    when = window(announcement, zone)
    words = (_PLANNED if when else _PLANNED | _UNTIMED)[announcement.status]
    return str(words[bool(names)]) % {"names": names, "window": when}


def _by_status(components: list[dict[str, str]]) -> list[str]:
    """Worst first: "Major outage: Checkout.", "Degraded performance: Search and Reports." """
    by_status: dict[ComponentStatus, list[str]] = {}
    for component in components:
        by_status.setdefault(ComponentStatus(component["status"]), []).append(component["name"])
    worst_first = sorted(by_status, key=lambda status: status.rank, reverse=True)
    return [
        _("%(state)s: %(names)s.") % {"state": status.label, "names": listed(by_status[status])}
        for status in worst_first
    ]


_WHY: dict[RecipientKind, Text] = {
    RecipientKind.SUBSCRIBER: gettext_lazy("You get this because you subscribed to %(page)s."),
    RecipientKind.CUSTOMER: gettext_lazy("You get this because you are a customer of ours, by %(page)s."),
    RecipientKind.STAKEHOLDER: gettext_lazy("You get this because our team keeps you informed, by %(page)s."),
    RecipientKind.STAFF: gettext_lazy("You get this because you work on %(page)s."),
}


def why(kind: RecipientKind) -> str:
    """Why a recipient gets a message that is no update, with a blank for the name of the page."""
    return str(_WHY[kind])
