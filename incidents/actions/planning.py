"""The steps of planned work that are due at a time: written anew, in the same transaction, whenever its window or its
state changes."""

from datetime import datetime, timedelta

from ..enums import MaintenanceStatus, MessageKind, StepKind
from ..models import Incident, Message, PlannedStep, Site

# A reminder that soon after the plan, or the move, would say the same a second time.
TOO_SOON = timedelta(hours=1)
About = tuple[str, datetime]


def begins_itself(incident: Incident) -> bool:
    return Site.load().begins_itself if incident.begins_itself is None else incident.begins_itself


def ends_itself(incident: Incident) -> bool:
    return Site.load().ends_itself if incident.ends_itself is None else incident.ends_itself


def steps_of(incident: Incident) -> list[About]:
    """Return the steps that are to come, as kind and time: none for what is no planned work, or over."""
    window = incident.window
    if window is None or not incident.is_open:
        return []
    end = StepKind.END if ends_itself(incident) else StepKind.OVERRUN
    if incident.status != MaintenanceStatus.SCHEDULED:
        return [(end, window[1])]
    reminders = [(StepKind.REMINDER, window[0] - lead) for lead in Site.load().reminder_leads]
    begin = [(StepKind.BEGIN, window[0])] if begins_itself(incident) else []
    return [*reminders, *begin, (end, window[1])]


def is_told_already(about: About, *, at: datetime) -> bool:
    """Return whether a step planned at `at` is a reminder of what is said in that very hour, or whose time is past."""
    kind, due_at = about
    return kind == StepKind.REMINDER and due_at <= at + TOO_SOON


def plan_steps(incident: Incident, *, at: datetime, is_moved: bool) -> None:
    """Write down what is to come of `incident`, and that nothing else is. The caller holds its row.

    What a reminder said that is on its way, and holds no more, is withdrawn: whoever has not got it does not get it.
    """
    wanted = steps_of(incident)
    known = {(row.kind, row.due_at): row for row in PlannedStep.objects.filter(maintenance=incident.pk)}
    for about, row in known.items():
        if not row.done_at:
            _settle(row, is_wanted=about in wanted, is_moved=is_moved, at=at)
    PlannedStep.objects.bulk_create(_new(incident, about, at) for about in wanted if about not in known)
    if is_moved or incident.status != MaintenanceStatus.SCHEDULED:
        _withdraw_reminders(incident, at)


def _settle(row: PlannedStep, *, is_wanted: bool, is_moved: bool, at: datetime) -> None:
    """A step that was given up holds again only by a move back to its time."""
    is_open = is_wanted and not (is_moved and is_told_already((row.kind, row.due_at), at=at))
    if is_open == (row.superseded_at is None) or (is_open and not is_moved):
        return
    row.superseded_at = None if is_open else at
    row.save(update_fields=["superseded_at"])


def _new(incident: Incident, about: About, at: datetime) -> PlannedStep:
    superseded_at = at if is_told_already(about, at=at) else None
    return PlannedStep(maintenance_id=incident.pk, kind=about[0], due_at=about[1], superseded_at=superseded_at)


def _withdraw_reminders(incident: Incident, at: datetime) -> None:
    reminders = Message.objects.filter(kind=MessageKind.MAINTENANCE_REMINDER, incident=incident, withdrawn_at=None)
    reminders.update(withdrawn_at=at)
