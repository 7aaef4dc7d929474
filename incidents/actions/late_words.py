"""Late words: an update about an earlier time than that of the newest, and a word after the end. They move nothing."""

from django.core.exceptions import ValidationError

from ..enums import CLOSED, NEXT_MAINTENANCE, STATUS_LABELS, ComponentStatus
from ..models import Incident
from . import dating
from .composing import Draft
from .following import refuse_merged
from .steps import in_words

NO_PROMISE = "This update moves no promise. Leave this empty; the newest update says when we write again."


def refuse(incident: Incident, draft: Draft) -> None:
    """Raises ValidationError, by field, for a late word that says more than one may, or that has no place."""
    refuse_merged(incident)
    if draft.act:
        raise ValidationError({"display_at": "Something newer was said. Leave this empty: it is done as of now."})
    if draft.is_late:
        _refuse_before_the_end(incident, draft)
    else:
        _refuse_out_of_order(incident, draft)
    _refuse_what_moves(incident, draft)


def _refuse_what_moves(incident: Incident, draft: Draft) -> None:
    if draft.next_update_at:
        raise ValidationError({"next_update_at": NO_PROMISE})
    known = dict(incident.affected.values_list("component_id", "status"))
    moved = [
        component.name
        for component, state in draft.components.items()
        if state != known.get(component.pk, ComponentStatus.OPERATIONAL)
    ]
    if moved:
        raise ValidationError({"components": f"This update moves no component. Leave {', '.join(moved)} as it is."})


def _refuse_before_the_end(incident: Incident, draft: Draft) -> None:
    kind, now = incident.get_kind_display().lower(), incident.status_label.lower()
    if incident.is_open or incident.resolved_at is None:
        raise ValidationError(f"This {kind} is not over. Post an ordinary update.", code="open")
    if draft.status != incident.status:
        raise ValidationError({"status": f"A word after the end moves no state. This {kind} is {now}."})
    if draft.display_at and draft.display_at < incident.resolved_at.replace(second=0, microsecond=0):
        ended = in_words(incident.resolved_at, draft.at)
        raise ValidationError({"display_at": f"It was over at {ended}. Choose a later time, or leave this empty."})


def _refuse_out_of_order(incident: Incident, draft: Draft) -> None:
    kind, label = incident.get_kind_display().lower(), STATUS_LABELS[draft.status].lower()
    before = dating.last_before(incident, draft.shown_at(incident))
    if before and before.status in CLOSED:
        raise ValidationError({"display_at": f"This {kind} was over at that time."})
    if draft.status in CLOSED:
        raise ValidationError({"status": "Something newer was said, so this is no end. Choose the state of that time."})
    if before and incident.is_maintenance and draft.status not in NEXT_MAINTENANCE[before.status]:
        was = before.status_label.lower()
        raise ValidationError({"status": f"A {kind} that was {was} at that time could not become {label}."})
