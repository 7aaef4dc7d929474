"""The words of an update: the approved text of a step, its blanks, and the promise when we write again."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from django.utils import timezone

from statuspage.lib import dates, local_time
from statuspage.lib.language import Text

from ..actions.templates import fill
from ..enums import OFFERED, IncidentStatus, MaintenanceStatus
from ..models import Incident, IncidentTemplate
from ..models.template import BLANKS

# Where the value of a blank is asked for: the promise is a moment, everything else is said in words.
FIELD_OF_BLANK = {name: name for name in BLANKS} | {"next_update_by": "next_update_at"}
QUICK_CHOICES = {"30": "in 30 min", "60": "in 1 h", "120": "in 2 h"}
_OPENING = OFFERED[:-1]
_LIKELY: dict[str, str] = {
    MaintenanceStatus.SCHEDULED: MaintenanceStatus.IN_PROGRESS,
    MaintenanceStatus.IN_PROGRESS: MaintenanceStatus.VERIFYING,
    MaintenanceStatus.VERIFYING: MaintenanceStatus.COMPLETED,
}


def same_newlines(text: str) -> str:
    """Browsers send CRLF for what they were given with LF."""
    return text.replace("\r\n", "\n")


def statuses_to_open() -> list[tuple[str, Text]]:
    """What a new incident may begin as, as value and label."""
    return [(status.value, status.label) for status in _OPENING]


def statuses_to_post(incident: Incident) -> list[tuple[str, Text]]:
    """What the next update may say, as value and label, the present state among them."""
    if incident.is_maintenance:
        offered = incident.next_statuses or (incident.status,)
        return [(status, MaintenanceStatus(status).label) for status in offered]
    return [(status.value, status.label) for status in IncidentStatus if status in (*OFFERED, incident.status)]


def likely_status(incident: Incident) -> str:
    """What its next update says most often: more of the same, and for a maintenance its next step."""
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
    """For a preview: what is still missing stands there by its name."""
    missing = {name: f"[{label}]" for name, label in BLANKS.items() if not values.get(name, "").strip()}
    return filled(body, {**values, **missing})


def apply_assist(data: Mapping[str, str], *, template: IncidentTemplate | None, at: datetime) -> dict[str, str]:
    """What was typed, changed as the pressed button asks: the text of a step, or a moment for the next update."""
    values = {name: value for name, value in data.items() if value}
    asked = values.pop("assist", "")
    if asked == "step":
        values["body"] = step_text(template, values.get("status", ""))
    elif moment := _asked_for(asked, at):
        values["next_update_at"] = local_time.as_typed(moment, timezone.get_current_timezone())
    return values


def _asked_for(asked: str, at: datetime) -> datetime | None:
    """The moment that a button stands for: so many minutes from now, or what the words name; None for anything else."""
    if asked in QUICK_CHOICES:
        return _rounded(at + timedelta(minutes=int(asked)))
    try:
        moment = datetime.fromisoformat(asked)
    except ValueError:
        return None
    return moment if moment.tzinfo and 2000 <= moment.year < 2100 else None


def _rounded(moment: datetime) -> datetime:
    """Up to the next five minutes: what a person would say."""
    minute = moment.astimezone(UTC).replace(second=0, microsecond=0)  # a sum of local times forgets the clock change
    return timezone.localtime(minute + timedelta(minutes=-minute.minute % 5))
