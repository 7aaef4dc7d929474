"""What is so of an incident that is over, put right and told in one act: a word after the end that corrects what was
announced last."""

from copy import copy
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from ..models import Actor, Announcement, Incident, IncidentUpdate
from .composing import Draft
from .facts import PUBLIC, Facts, change, checked, states_by
from .publishing import is_published, publish
from .publishing import rehearse as rehearse_update
from .wording import validate

_NOTHING = "Nothing is other than it was, so there is nothing to tell. Write a word after the end instead."
_FOR_OURSELVES = "What changes is for ourselves: the page stays as it is. Leave this empty."


def what_it_corrects(incident: Incident) -> Announcement | None:
    """Return what a change of the facts of `incident` corrects: what was announced last before words after the end, and
    holds. None where it is open, hidden or was never announced: then there is nobody to tell in the same act."""
    if incident.is_open or not incident.is_public or incident.merged_into_id:
        return None
    announced = Announcement.objects.live().filter(update__incident=incident, is_late=False)
    return max(announced, key=lambda one: one.pk, default=None)  # few: with LIMIT 1 all are searched for the newest


def change_and_tell(
    *,
    incident: Incident,
    facts: Facts,
    seen: str,
    body: str,
    by: Actor,
    at: datetime,
    seen_update: IncidentUpdate | None = None,
    request_key: str | None = None,
) -> IncidentUpdate:
    """Make `facts` what is so of `incident`, and say so: both, or neither. Returns the update.

    Whoever was told what it corrects hears it first. `seen` and the errors as of `facts.change`; `seen_update` and the
    others as of `publishing.post_update`. The same key with the same words writes once.
    """
    validate(body=body)
    with transaction.atomic():
        if not is_published(request_key):  # a second click
            _refuse(change(incident=incident, facts=facts, seen=seen, by=by, at=at))
        now = Incident.all_kinds.get(pk=incident.pk)
        return publish(now, _words(incident, body, by, at, request_key), seen=seen_update)


def rehearse(*, incident: Incident, facts: Facts, seen: str, body: str, by: Actor, at: datetime) -> IncidentUpdate:
    """Return what `change_and_tell` would save, unsaved, with its announcement. Raises as that does; writes nothing."""
    validate(body=body)
    before, facts, names = checked(incident, facts, seen, at)
    _refuse(names)
    changed = copy(incident)
    for name in names:
        if name != "spells":
            setattr(changed, name, getattr(facts, name))
    draft = _words(incident, body, by, at, None)
    return rehearse_update(changed, draft, known=states_by(incident, before, facts))


def _words(incident: Incident, body: str, by: Actor, at: datetime, request_key: str | None) -> Draft:
    return Draft(
        status=incident.status,
        body=body,
        by=by,
        at=at,
        corrects=what_it_corrects(incident),
        is_late=True,
        request_key=request_key,
    )


def _refuse(names: list[str]) -> None:
    if not names:
        raise ValidationError({"body": _NOTHING})
    if not any(name in PUBLIC for name in names):
        raise ValidationError({"body": _FOR_OURSELVES})
