"""The steps of an incident: what may be said next, its approved text with blanks, and what fills these."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from statuspage.lib import dates
from statuspage.lib.language import Text

from ..enums import (
    OFFERED,
    STATUS_LABELS,
    STATUS_OF_ACT,
    WINDOW_ACTS,
    Act,
    IncidentStatus,
    MaintenanceStatus,
    label_of,
)
from ..models import Component, Incident, IncidentTemplate
from ..models.template import BLANKS
from .following import statuses_after
from .templates import fill

# Where the value of a blank is asked for: the promise is a moment, everything else is said in words.
FIELD_OF_BLANK = {name: name for name in BLANKS} | {"next_update_by": "next_update_at"}
_OPENING = OFFERED[:-1]
_LIKELY: dict[str, str] = {
    MaintenanceStatus.IN_PROGRESS: MaintenanceStatus.VERIFYING,
    MaintenanceStatus.VERIFYING: MaintenanceStatus.COMPLETED,
}


def same_newlines(text: str) -> str:
    """Browsers send CRLF for what they were given with LF."""
    return text.replace("\r\n", "\n")


def statuses_to_open() -> list[tuple[str, Text]]:
    """Return what a new incident may begin as, as value and label."""
    return [(status.value, status.label) for status in _OPENING]


def statuses_to_post(incident: Incident, act: Act, at: datetime) -> list[tuple[str, Text]]:
    """Return what the next update may say, as value and label, the present state among them."""
    if act in WINDOW_ACTS:
        status = STATUS_OF_ACT.get(act, incident.status)
        return [(status, STATUS_LABELS[status])]
    if incident.status == MaintenanceStatus.SCHEDULED:
        return [(incident.status, STATUS_LABELS[incident.status])]  # a note; to start it and to cancel it are acts
    if incident.is_maintenance:
        offered = incident.next_statuses or (incident.status,)
        return [(status, MaintenanceStatus(status).label) for status in offered]
    possible = statuses_after(incident, act=act, at=at) or tuple(IncidentStatus)
    states = [status for status in possible if status in (*OFFERED, incident.status)]
    return [(status, label_of(status, is_false_alarm=act == Act.FALSE_ALARM)) for status in states]


def likely_status(incident: Incident) -> str:
    """Return what its next update says most often: more of the same, and for a maintenance that has begun its next
    step. A note on one that has not begins nothing."""
    return _LIKELY.get(incident.status, incident.status)


def step_text(template: IncidentTemplate | None, status: str) -> str:
    """The approved text for this step, with its blanks; empty where there is none (any more)."""
    if template is None or template.approved_at is None:
        return ""
    step = template.steps.filter(status=status).first()
    return same_newlines(step.body) if step else ""


def words_of_another_step(template: IncidentTemplate | None, status: str, body: str) -> str:
    """The label of the step whose untouched text `body` is, where that is not the text of `status`."""
    if not body or template is None or body == step_text(template, status):
        return ""
    others = (step for step in template.steps.all() if same_newlines(step.body) == body)
    return next((step.get_status_display() for step in others), "")


def in_words(moment: datetime | None, at: datetime) -> str:
    """A promise as customers read it, in the page's zone: the day is named only when it is not today."""
    if moment is None:
        return ""
    return dates.promised(timezone.localtime(moment), seen_at=timezone.localtime(at))


def filled(body: str, values: Mapping[str, str]) -> str:
    """`body` with its blanks filled from `values`, literally."""
    return fill(same_newlines(body), values)


def filled_as_far_as_known(body: str, values: Mapping[str, str]) -> str:
    """Return the words for a preview: what is still missing stands there by its name."""
    missing = {name: f"[{label}]" for name, label in BLANKS.items() if not values.get(name, "").strip()}
    return filled(body, {**values, **missing})


def first_step(template: IncidentTemplate) -> str:
    """The first status for which `template` has words, of those that a new incident may begin with."""
    return next((status for status in _OPENING if step_text(template, status)), IncidentStatus.INVESTIGATING)


def opening_of(template: IncidentTemplate, status: str) -> dict[str, Any]:
    """Title, severity, type and text that `template` gives a new incident which begins as `status`."""
    about = {"title": template.title, "severity": template.severity, "type": template.type}
    return about | {"body": step_text(template, status)}


def components_of(template: IncidentTemplate) -> dict[Component, str]:
    """The components that `template` is about, with their states."""
    return {row.component: row.status for row in template.affected.select_related("component")}
