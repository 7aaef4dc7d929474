"""Merging: two incidents that are one go on as one. The other is over, and leads there."""

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import NotRequired, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Value
from django.utils.translation import gettext as _

from statuspage.lib import markdown

from ..audit_verbs import AuditVerb
from ..enums import ComponentStatus, IncidentStatus
from ..models import Actor, AuditEvent, Component, Incident, IncidentUpdate, Site
from ..models.selections import IncidentQuerySet
from ..signals import merged
from ..status import worst
from .composing import Draft
from .periods import take_over
from .publishing import is_published, publish
from .publishing import rehearse as rehearse_update


class Words(TypedDict):
    """What is said in the incident that goes on, by whom and when; see Draft."""

    body: str
    by: Actor
    at: datetime
    next_update_at: NotRequired[datetime | None]
    request_key: NotRequired[str | None]


def merge(
    *, incident: Incident, into: Incident, seen: IncidentUpdate | None = None, **words: Unpack[Words]
) -> IncidentUpdate:
    """Go on with `incident` as part of `into`, and announce that there, to everybody who heard of either.

    Its updates move along, and its components with their states, of two the worse. `seen` is the newest update of
    `into` that the author knew. Returns the update of `into`. Raises ValidationError for what cannot be one, Conflict
    and KeyReused.
    """
    with transaction.atomic():
        taken, goes_on = _locked(incident, into)
        if not is_published(words.get("request_key")):
            refuse(taken, goes_on)
        asked = Draft(status=goes_on.status, merges=taken, **words)
        return publish(goes_on, asked, seen=seen, prepare=partial(_take_in, taken))


def rehearse(
    *, incident: Incident, into: Incident, seen: IncidentUpdate | None = None, **words: Unpack[Words]
) -> IncidentUpdate:
    """Return what `merge` would save, unsaved, with its announcement if there is one. Raises as `merge` does."""
    refuse(incident, into)
    both = components_of_both(incident, into)
    asked = Draft(status=into.status, merges=incident, components=both, **words)
    return rehearse_update(into, asked, seen=seen)


def candidates(incident: Incident) -> IncidentQuerySet[Incident]:
    """Return the open incidents into which `incident` can be merged, the newest first; none where it can not."""
    if not can_be_merged(incident):
        return Incident.objects.none()
    return Incident.objects.open().filter(is_public=incident.is_public).exclude(pk=incident.pk).newest_first()


def can_be_merged(incident: Incident) -> bool:
    """Return whether it may go on as part of another, if there is one."""
    return not _why_it_stays(incident)


def default_body(incident: Incident) -> str:
    """Return the words for `into` where the lead has none of their own, in the language of the site."""
    with Site.speaking():
        words = _("“%(title)s” and this are one incident. All updates on both are here from now on.")
        return words % {"title": markdown.escaped(incident.title)}


def standing_promise(into: Incident, *, at: datetime) -> datetime | None:
    """Return the time at which `into` said that it writes again, while that is to come: a merge does not take it
    back."""
    return into.next_update_at if into.next_update_at and into.next_update_at > at else None


def components_of_both(incident: Incident, into: Incident) -> dict[Component, ComponentStatus]:
    """Return the components of `incident` with the states that `into` gives them after a merge: of two the worse, and
    of what is over none."""
    known = {row.component_id: ComponentStatus(row.status) for row in into.affected.all()}
    found = {}
    for row in incident.affected.select_related("component"):
        theirs = ComponentStatus(row.status) if incident.is_in_force else ComponentStatus.OPERATIONAL
        found[row.component] = worst([theirs, known.get(row.component_id, theirs)])
    return found


def refuse(incident: Incident, into: Incident) -> None:
    """Raises ValidationError where the two cannot be one."""
    if problem := _why_it_stays(incident) or _why_not_into(into, incident):
        raise ValidationError(problem, code="merge")


def _why_it_stays(incident: Incident) -> str:
    if incident.is_maintenance:
        return "A maintenance has a window of its own and cannot be merged."
    if incident.merged_into:
        return f"This was merged into “{incident.merged_into}” already."
    return "This was a false alarm: there is nothing to go on with." if incident.is_false_alarm else ""


def _why_not_into(into: Incident, incident: Incident) -> str:
    if into.pk == incident.pk:
        return "An incident cannot be merged with itself. Choose another."
    if into.is_maintenance:
        return f"“{into}” is a maintenance, which has a window of its own. Choose an incident."
    if into.merged_into:
        return f"“{into}” was itself merged into “{into.merged_into}”. Merge into that."
    if not into.is_open:
        return f"“{into}” is {into.status_label.lower()}. Choose an incident that is open, or open that again first."
    if into.is_public != incident.is_public:
        hidden, public = (into, incident) if incident.is_public else (incident, into)
        return f"“{hidden}” is hidden from the public and “{public}” is not. Make both public or hide both first."
    return ""


def _locked(*incidents: Incident) -> list[Incident]:
    """Lock them in the order of their keys, so that two merges the other way round never wait for each other."""
    keys = [one.pk for one in incidents]
    rows = Incident.all_kinds.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk")
    found = {row.pk: row for row in rows}
    return [found[key] for key in keys]


def _take_in(incident: Incident, into: Incident, draft: Draft) -> Draft:
    """Bring over to `into` all that `incident` is, and close it. Returns the draft with the components of both."""
    both = components_of_both(incident, into)
    incident.updates.filter(merged_from=None).update(merged_from=incident)
    # What was said in what is hidden stays hidden, also where the other becomes public.
    incident.updates.update(incident=into, is_public=F("is_public") if incident.is_public else Value(False))
    take_over(incident, into=into)
    into.started_at = min(incident.started_at, into.started_at)
    Incident.all_kinds.filter(merged_into=incident).update(merged_into=into)
    Incident.all_kinds.filter(follows=incident).exclude(pk=into.pk).update(follows=into)
    _close(incident, into, draft)
    merged.send(Incident, incident=incident, into=into, by=draft.by, at=draft.at)
    AuditEvent.record(AuditVerb.MERGED, incident, by=draft.by, at=draft.at, into=into.public_id)
    AuditEvent.record(AuditVerb.MERGED, into, by=draft.by, at=draft.at, merged=incident.public_id)
    return replace(draft, components=both)


def _close(incident: Incident, into: Incident, draft: Draft) -> None:
    """End it with a word of ours that is not announced: clients that saw it open see where it went."""
    incident.status, incident.merged_into = IncidentStatus.RESOLVED, into
    incident.resolved_at = incident.resolved_at or draft.at
    incident.next_update_at, incident.updated_at = None, draft.at
    incident.save()
    body = _last_word(into)
    IncidentUpdate.objects.create(
        incident=incident,
        status=incident.status,
        body=body,
        body_html=markdown.render(body),
        display_at=draft.at,
        is_public=incident.is_public,
        created_by=draft.by,
    )


def _last_word(into: Incident) -> str:
    with Site.speaking():
        words = _("Merged into “%(title)s”: %(address)s")
        return words % {"title": markdown.escaped(into.title), "address": into.get_public_url()}
