"""What may follow what: the statuses that the next update of an incident or a window may have, and why no other."""

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError

from ..enums import CLOSED, STATUS_LABELS, STATUS_OF_ACT, WINDOW_ACTS, Act, IncidentStatus, MaintenanceStatus
from ..models import Incident, Site

_OPEN = tuple(status for status in IncidentStatus.values if status not in CLOSED)


def acts(incident: Incident, *, at: datetime) -> list[Act]:
    """Return what the next update of `incident` may do; nothing where no more may be said of it."""
    return [act for act in Act if statuses_after(incident, act=act, at=at)]


def statuses_after(incident: Incident, *, act: Act = Act.UPDATE, at: datetime) -> tuple[str, ...]:
    """Return the statuses that an update at `at` may have; none where it may not do what it does."""
    if incident.merged_into_id:
        return ()
    match act:
        case Act.REOPEN:
            return _OPEN if _may_reopen(incident, at) else ()
        case Act.FALSE_ALARM:
            is_one = incident.is_maintenance or incident.is_false_alarm
            return () if is_one else (IncidentStatus.RESOLVED,)
        case Act.MAKE_PUBLIC if incident.is_public:
            return ()
        case Act.START | Act.MOVE | Act.END | Act.CANCEL:
            return _after_window_act(incident, act)
    return incident.next_statuses


def _after_window_act(incident: Incident, act: Act) -> tuple[str, ...]:
    """A move leaves the state as it is; every other act gives another, where that may follow."""
    if not (incident.is_maintenance and incident.is_open):
        return ()
    status = STATUS_OF_ACT.get(act, incident.status)
    may = act == Act.MOVE or (status in incident.next_statuses and status != incident.status)
    return (status,) if may else ()


def _may_reopen(incident: Incident, at: datetime) -> bool:
    """Return whether it is over for no longer than the site says, and is no window: that is planned anew."""
    if incident.is_maintenance or incident.resolved_at is None:
        return False
    return at <= incident.resolved_at + timedelta(hours=Site.load().reopen_hours)


def refuse_merged(incident: Incident) -> None:
    """Raises ValidationError for an incident that goes on in another."""
    if incident.merged_into:
        raise ValidationError(f"This was merged into “{incident.merged_into}”; say it there.", code="closed")


def refuse_what_cannot_follow(incident: Incident, status: str, *, act: Act, at: datetime) -> None:
    """Raises ValidationError for a `status` that an update at `at` cannot have, or for what it cannot do."""
    refuse_merged(incident)
    if status not in statuses_after(incident, act=act, at=at):
        raise _refusal(incident, status, act)


def _refusal(incident: Incident, status: str, act: Act) -> ValidationError:
    kind, now = incident.get_kind_display().lower(), incident.status_label.lower()
    if act == Act.MAKE_PUBLIC and incident.is_public:
        return ValidationError("The public reads of it already: publish this as an update.", code="public")
    if act == Act.REOPEN and incident.is_open:
        return ValidationError(f"This {kind} is open: publish this as an update.", code="open")
    if act == Act.FALSE_ALARM and not incident.is_maintenance and incident.is_false_alarm:
        return ValidationError("It is said already that this was a false alarm.", code="closed")
    if act in WINDOW_ACTS and incident.is_maintenance and incident.is_open:
        waits = incident.status == MaintenanceStatus.SCHEDULED
        ways = "has not begun. Start, move or cancel it." if waits else "has begun. Extend or end it."
        return ValidationError(f"This maintenance {ways}", code="begun")
    if act == Act.REOPEN or not incident.is_open:
        return ValidationError(f"This {kind} is {now}; open a new one to say more.", code="closed")
    return ValidationError({"status": f"A {kind} that is {now} cannot become {STATUS_LABELS[status].lower()}."})
