"""The runner of planned work: does each step whose time has come, once, whoever and however many try.

One maintenance a transaction, with its transition and its announcement: a killed runner's successor finds it as it was.
The database's clock says what is due and at what time it was done.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, transaction
from django.db.models.functions import Now

from statuspage.lib import markdown, shutdown

from ..enums import Act, MaintenanceStatus, MessageKind, StepKind
from ..models import Incident, Message, PlannedStep
from ..models.audit import nobody_is_called
from ..models.fields import TITLE_LENGTH
from ..signals import written
from . import dating, overrun, planned_words
from .composing import Draft
from .internal import remind_colleagues
from .publishing import publish
from .scheduling import draft_of

_log = logging.getLogger(__name__)
NOBODY = "automatically"


def run_due(stop: Callable[[], bool] = shutdown.is_begun, *, min_overdue: timedelta = timedelta(0)) -> int:
    """Do the steps that were due `min_overdue` ago; returns how many this call did. May be called by several at once,
    and again after a kill."""
    waiting = PlannedStep.objects.due(min_overdue).values_list("maintenance", flat=True)
    done = 0
    for pk in dict.fromkeys(waiting):
        if stop():
            break
        try:
            done += _run(pk)
        except (OperationalError, InterfaceError):
            raise
        except Exception:  # as it fails whoever tries, and the next has its turn all the same
            _log.exception("The steps of maintenance %s cannot be done", pk)
    return done


@transaction.atomic
def _run(pk: int) -> int:
    """Do what is due of one maintenance; nothing where another runner, or somebody at a screen, holds it just now."""
    locked = Incident.all_kinds.select_for_update(skip_locked=True, no_key=True).filter(pk=pk).first()
    due = list(PlannedStep.objects.due().filter(maintenance=pk)) if locked else []
    if locked is None or not due:
        return 0
    at = PlannedStep.objects.filter(pk=due[0].pk).values_list(Now(), flat=True).get()
    with nobody_is_called(NOBODY):
        return sum(_do(locked, step, due, at) for step in due)


def _do(incident: Incident, step: PlannedStep, due: list[PlannedStep], at: datetime) -> bool:
    """`due`: all that is to be done of it now. What an earlier one of them made needless is left."""
    open_step = PlannedStep.objects.open().filter(pk=step.pk)
    if step.kind == StepKind.REMINDER and step is not due[-1]:
        open_step.update(superseded_at=Now())  # a later word says more: another reminder, or that it began
        return False
    if not open_step.update(done_at=Now()):
        return False
    incident.refresh_from_db()
    is_missed = {StepKind.BEGIN, StepKind.END} <= {one.kind for one in due}
    match step.kind:
        case StepKind.REMINDER:
            _remind(incident, step, at)
        case StepKind.BEGIN:
            _begin(incident, step, at, tells=incident.tells_begin and not is_missed)
        case StepKind.END if incident.status != MaintenanceStatus.SCHEDULED:
            _end(incident, step, at, is_missed=is_missed)
        case _:
            overrun.ask(incident, at=at)
    return True


def _begin(incident: Incident, step: PlannedStep, at: datetime, *, tells: bool) -> None:
    _publish(incident, step, draft_of(Act.START, incident, by=None, at=at, tells=tells))


def _end(incident: Incident, step: PlannedStep, at: datetime, *, is_missed: bool) -> None:
    """`is_missed`: that it began is told by the same word."""
    tells = incident.tells_end or (is_missed and incident.tells_begin)
    body = planned_words.took_place(incident) if is_missed else ""
    _publish(incident, step, draft_of(Act.END, incident, by=None, at=at, tells=tells, body=body))


def _publish(incident: Incident, step: PlannedStep, draft: Draft) -> None:
    """Publish `draft` with the true time of `step`, unless something was said since: then it is said as of now."""
    is_late = draft.at - step.due_at >= dating.MINUTE
    is_shown = is_late and step.due_at >= incident.started_at and not dating.stands_behind(incident, step.due_at)
    display_at = step.due_at if is_shown else None
    publish(incident, replace(draft, display_at=display_at, request_key=f"step:{step.pk}"))


def _remind(incident: Incident, step: PlannedStep, at: datetime) -> None:
    """Write the reminder down; who hears it is listed by `subscribers`. Of what is internal staff alone is reminded."""
    title, body = planned_words.reminder(incident)
    key = f"{incident.public_id}:{step.due_at:%Y-%m-%dT%H:%MZ}"
    if not incident.is_public:
        remind_colleagues(incident, key=key, title=title, body=body, at=at)
        return
    message = Message.objects.create(
        kind=MessageKind.MAINTENANCE_REMINDER,
        key=key,
        incident=incident,
        title=title[:TITLE_LENGTH],
        body=body,
        body_html=markdown.render(body),
        path=incident.get_absolute_url(),
        send_at=at,
        created_at=at,
    )
    written.send(Message, message=message)
