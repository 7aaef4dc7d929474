"""Publishing: the update, the components' states and the announcement, in one transaction. Sends nothing itself."""

from datetime import datetime
from typing import Unpack

from django.core.exceptions import ValidationError

from ..enums import STATUS_LABELS, AuditVerb, Impact, IncidentStatus, Severity
from ..models import Actor, Announcement, AuditEvent, Component, Incident, IncidentTemplate, IncidentUpdate, Site
from ..signals import announced
from .catalogue import refresh_statuses
from .composing import Draft, More, check, compose, move, new_incident
from .errors import Conflict
from .fingerprint import fingerprint
from .once import earlier, once


def open_incident(
    *,
    title: str,
    severity: Severity,
    body: str,
    by: Actor,
    at: datetime,
    status: IncidentStatus = IncidentStatus.INVESTIGATING,
    impact: Impact | None = None,
    template: IncidentTemplate | None = None,
    is_public: bool = True,
    **draft: Unpack[More],
) -> IncidentUpdate:
    """Open an incident with its first update and announce it. `impact` is suggested from `severity` if None.

    Takes also `components`, `next_update_at`, `request_key` and `corrects` (see Draft). The same key with the same
    content returns the first call's update and writes nothing. Raises ValidationError (by field) and KeyReused.
    """
    incident = new_incident(
        title=title, severity=severity, impact=impact, is_public=is_public, template=template, by=by, at=at
    )
    return publish(incident, Draft(status=status, body=body, by=by, at=at, **draft))


def post_update(
    *,
    incident: Incident,
    status: str,
    body: str,
    by: Actor,
    at: datetime,
    seen: IncidentUpdate | None = None,
    **draft: Unpack[More],
) -> IncidentUpdate:
    """Add an update to an incident or a maintenance, bring its components along and announce it.

    Takes also `components`, `next_update_at`, `request_key` and `corrects` (see Draft). `seen` is the newest update
    that the author knew: with a newer one there, raises Conflict and writes nothing. Raises ValidationError (by field),
    also for a status that cannot follow, and KeyReused.
    """
    return publish(incident, Draft(status=status, body=body, by=by, at=at, **draft), seen=seen)


def publish(incident: Incident, draft: Draft, *, seen: IncidentUpdate | None = None) -> IncidentUpdate:
    """Save the next update of `incident`, or a new one with its first, once per request key, and announce it.

    Raises as `open_incident` and `post_update` do.
    """
    check(incident, draft)
    digest = fingerprint(draft, incident)

    def begin() -> IncidentUpdate:
        incident.status = draft.status
        incident.save()
        return _save(incident, draft, digest)

    def go_on() -> IncidentUpdate:
        locked = Incident.all_kinds.select_for_update(no_key=True).get(pk=incident.pk)
        if done := earlier(IncidentUpdate, draft.request_key, digest):
            return done
        _refuse_what_cannot_follow(locked, draft, seen)
        return _save(locked, draft, digest)

    return once(IncidentUpdate, draft.request_key, digest, begin if incident.pk is None else go_on)


def rehearse(incident: Incident, draft: Draft, *, seen: IncidentUpdate | None = None) -> IncidentUpdate:
    """Return what `publish` would save, unsaved, with its announcement if there is one. Raises as `publish` does."""
    check(incident, draft)
    if done := earlier(IncidentUpdate, draft.request_key, fingerprint(draft, incident)):
        return done
    if incident.pk is not None:
        _refuse_what_cannot_follow(incident, draft, seen)
    composed = compose(incident, draft)
    if incident.is_public:
        composed.update.announcement = composed.announcement()
    return composed.update


def _save(incident: Incident, draft: Draft, digest: str) -> IncidentUpdate:
    """Save an update, as every publish does, whatever its kind. The caller holds the transaction."""
    composed = compose(incident, draft)
    for component, state in draft.components.items():
        incident.affected.update_or_create(component=component, defaults={"status": state})
    move(incident, draft)
    incident.save()
    refresh_statuses(Component.objects.filter(incidents=incident), at=draft.at, incident=incident)
    update = composed.update
    update.request_key, update.request_digest = draft.request_key, digest
    update.save()
    Site.raise_page_version()
    AuditEvent.record(
        AuditVerb.PUBLISHED, incident, by=draft.by, at=draft.at, status=draft.status, update=update.public_id
    )
    if incident.is_public:
        announcement = composed.announcement()
        announcement.save()
        announced.send(Announcement, announcement=announcement)
    return update


def _refuse_what_cannot_follow(incident: Incident, draft: Draft, seen: IncidentUpdate | None) -> None:
    _refuse_if_stale(incident, seen)
    _refuse_if_out_of_order(incident, draft.status)


def _refuse_if_stale(incident: Incident, seen: IncidentUpdate | None) -> None:
    if seen is None:
        return
    latest = incident.updates.latest("pk")  # the last one written, whatever time it shows
    if latest != seen:
        raise Conflict(latest)


def _refuse_if_out_of_order(incident: Incident, status: str) -> None:
    kind, now = incident.get_kind_display().lower(), incident.status_label.lower()
    if not incident.is_open:
        raise ValidationError(f"This {kind} is {now}; open a new one to say more.", code="closed")
    if status not in incident.next_statuses:
        raise ValidationError({"status": f"A {kind} that is {now} cannot become {STATUS_LABELS[status].lower()}."})
