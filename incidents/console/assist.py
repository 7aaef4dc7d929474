"""Buttons of the compose form that fill a field, with a script and without."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from django.utils import timezone

from statuspage.lib import local_time

from ..actions.similar import said_in
from ..actions.steps import same_newlines, step_text
from ..models import IncidentTemplate

SAID = "said-"  # before the public id of an update: the button that takes its words over
QUICK_CHOICES = {"30": "in 30 min", "60": "in 1 h", "120": "in 2 h"}


def apply_assist(data: Mapping[str, str], *, template: IncidentTemplate | None, at: datetime) -> dict[str, str]:
    """Return what was typed, changed as the pressed button asks: the text of a step, the words of an earlier update
    where there are none yet, or a moment for the next update."""
    values = {name: value for name, value in data.items() if value}
    asked = values.pop("assist", "")
    if asked == "step":
        values["body"] = step_text(template, values.get("status", ""))
    elif asked.startswith(SAID):
        if not values.get("body", "").strip():
            values["body"] = same_newlines(said_in(asked.removeprefix(SAID)))
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
