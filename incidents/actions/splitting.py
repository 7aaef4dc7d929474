"""Splitting off: what turns out to be another's trouble goes on as an incident of its own."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import NotRequired, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db import transaction

from ..audit_verbs import AuditVerb
from ..enums import ComponentStatus, Impact, IncidentStatus, Severity
from ..models import Actor, AuditEvent, Component, Incident, IncidentUpdate
from .beginning import new_incident
from .composing import Draft
from .periods import hand_over
from .publishing import is_published, publish, refuse_if_stale
from .publishing import rehearse as rehearse_update


class New(TypedDict):
    """The incident that they become: what is asked of any new one, see `open_incident`."""

    title: str
    severity: Severity
    body: str
    by: Actor
    at: datetime
    status: NotRequired[str]
    impact: NotRequired[Impact | None]
    next_update_at: NotRequired[datetime | None]
    request_key: NotRequired[str | None]


def split_off(
    *,
    incident: Incident,
    components: Collection[Component],
    seen: IncidentUpdate | None = None,
    **new: Unpack[New],
) -> IncidentUpdate:
    """Open an incident with `components` of `incident`, which goes on without them, and announce the new one.

    They keep the states that they have, and the new one began when their trouble did. `seen`: the newest update of
    `incident` that the author knew. Returns the first update of the new one. Raises ValidationError (by field),
    Conflict and KeyReused.
    """
    with transaction.atomic():
        source = Incident.all_kinds.select_for_update(no_key=True).get(pk=incident.pk)
        if not is_published(new.get("request_key")):
            refuse(source, components, seen=seen)
        return publish(_new(source, new), _draft(components, new), prepare=partial(_take_out, source))


def rehearse(
    *,
    incident: Incident,
    components: Collection[Component],
    seen: IncidentUpdate | None = None,
    **new: Unpack[New],
) -> IncidentUpdate:
    """Return what `split_off` would save, unsaved, with its announcement if there is one. Raises as that does."""
    refuse(incident, components, seen=seen)
    asked = replace(_draft(components, new), components=_states(incident, components))
    return rehearse_update(_new(incident, new), asked)


def can_be_split(incident: Incident) -> bool:
    """Return whether it is under way with two components or more, so that one may leave and one stays."""
    return not _why_whole(incident) and incident.affected.count() > 1


def began_at(incident: Incident, components: Iterable[Component]) -> datetime:
    """Return when the trouble of these of its components began."""
    periods = incident.periods.filter(component__in=[one.pk for one in components])
    return periods.order_by("began_at").values_list("began_at", flat=True).first() or incident.started_at


def refuse(incident: Incident, components: Collection[Component], *, seen: IncidentUpdate | None = None) -> None:
    """Raises ValidationError where these cannot be split off it, Conflict where somebody said more meanwhile."""
    if problem := _why_whole(incident):
        raise ValidationError(problem, code="split")
    if problem := _why_not_these(incident, components):
        raise ValidationError({"components": problem})
    refuse_if_stale(incident, seen)


def _why_whole(incident: Incident) -> str:
    if incident.is_maintenance:
        return "A maintenance is planned as a whole: plan another one instead."
    if incident.merged_into:
        return f"This was merged into “{incident.merged_into}”. Split it off from that."
    return "" if incident.is_open else f"This incident is {incident.status_label.lower()}: nothing of it goes on."


def _why_not_these(incident: Incident, components: Collection[Component]) -> str:
    own = set(incident.affected.values_list("component_id", flat=True))
    chosen = {component.pk for component in components}
    if foreign := [component.name for component in components if component.pk not in own]:
        return f"This incident does not affect {', '.join(foreign)}."
    if not chosen:
        return "Choose what has a trouble of its own."
    return "" if own - chosen else "One at least must stay, or it is the same incident: leave one out."


def _new(source: Incident, new: New) -> Incident:
    incident = new_incident(
        title=new["title"],
        severity=new["severity"],
        impact=new.get("impact"),
        is_public=source.is_public,
        by=new["by"],
        at=new["at"],
    )
    incident.follows, incident.is_split_off = source, True
    return incident


def _draft(components: Collection[Component], new: New) -> Draft:
    return Draft(
        status=new.get("status", IncidentStatus.INVESTIGATING),
        body=new["body"],
        by=new["by"],
        at=new["at"],
        next_update_at=new.get("next_update_at"),
        request_key=new.get("request_key"),
        splits_off=components,
    )


def _states(incident: Incident, components: Collection[Component]) -> dict[Component, ComponentStatus]:
    rows = incident.affected.filter(component__in=components).select_related("component")
    return {row.component: ComponentStatus(row.status) for row in rows}


def _take_out(source: Incident, new: Incident, draft: Draft) -> Draft:
    """Hand over to `new` what `source` said of the components. Returns the draft with their states."""
    states = _states(source, draft.splits_off)
    keys = [component.pk for component in states]
    new.started_at = began_at(source, states)
    hand_over(source, keys, to=new)
    source.affected.filter(component__in=keys).delete()
    Incident.all_kinds.filter(pk=source.pk).update(updated_at=draft.at)
    names = [component.public_id for component in states]
    AuditEvent.record(AuditVerb.SPLIT_OFF, source, by=draft.by, at=draft.at, components=names, new=new.public_id)
    AuditEvent.record(AuditVerb.SPLIT_OFF, new, by=draft.by, at=draft.at, components=names, source=source.public_id)
    return replace(draft, components=states)
