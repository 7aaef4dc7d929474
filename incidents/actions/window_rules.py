"""What a window of planned work may be, and what an update may do to one. Reads no row, writes none."""

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError

from ..enums import MaintenanceStatus, WindowChange
from ..models import Incident

LONG, TOO_LONG = timedelta(days=30), timedelta(days=365)
SAME = "This is its window already."
Window = tuple[datetime, datetime]


def problems_of_window(begins: datetime | None, ends: datetime | None, *, at: datetime) -> dict[str, str]:
    """Return what keeps a window from being announced at `at`, by field; of one not typed yet only what can be told."""
    if ends and ends <= at:
        return {"scheduled_until": "This is past; choose a later end."}
    if begins and ends and ends <= begins:
        return {"scheduled_until": "The window must end after it begins."}
    if begins and ends and ends - begins >= TOO_LONG:
        return {"scheduled_until": "This window lasts a year or longer. Check the year, or plan it in parts."}
    return {}


def problems_of_move(
    incident: Incident, begins: datetime | None, ends: datetime | None, *, at: datetime
) -> dict[str, str]:
    """Return the same for a window that `incident` is to have instead of its own."""
    if wrong := problems_of_window(begins, ends, at=at):
        return wrong
    if has_begun(incident) and begins and begins != incident.scheduled_for:
        return {"scheduled_for": "It has begun, so only its end can be changed."}
    if not has_begun(incident) and begins and begins <= at:
        return {"scheduled_for": "This is past; choose a later time, or start it now."}
    if (begins, ends) == incident.window:
        return {"scheduled_until": SAME}
    return {}


def has_begun(incident: Incident) -> bool:
    return incident.status != MaintenanceStatus.SCHEDULED


def change_of(incident: Incident, window: Window | None) -> WindowChange:
    """Return what it is to the window of `incident` to become `window`; None leaves it as it is."""
    if window is None or incident.window is None or window == incident.window:
        return WindowChange.NONE
    if window[0] != incident.scheduled_for:
        return WindowChange.MOVED
    return WindowChange.EXTENDED if window[1] > incident.window[1] else WindowChange.CUT_SHORT


def refuse_window(incident: Incident, window: Window | None, *, moves: bool, at: datetime) -> None:
    """Raises ValidationError, by field, where `incident` cannot have that window. `moves`: the act is to move it, which
    needs one, and nothing else takes one."""
    if window is None and moves:
        raise ValidationError({"scheduled_until": "Say when it is to end."})
    if window is None:
        return
    if not (moves and incident.is_maintenance):
        raise ValidationError("Only planned work is moved.")
    if wrong := problems_of_move(incident, *window, at=at):
        raise ValidationError(wrong)


def move_window(incident: Incident, window: Window, *, at: datetime) -> None:
    """Give `incident` that window, in memory."""
    incident.window_moves += put_off(incident, at=at)
    incident.scheduled_for, incident.scheduled_until = window


def put_off(incident: Incident, *, at: datetime) -> int:
    """Return how often calendars put its end off by now, which their numbers of revisions must not forget."""
    if incident.window is None or not has_begun(incident):
        return 0
    return max((at - incident.window[1]) // timedelta(hours=1) + 1, 0)
