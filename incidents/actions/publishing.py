"""Publishing: the update, the components' states and the announcement, in one transaction. Sends nothing itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from statuspage.lib import markdown

from ..enums import CLOSED, STATUS_LABELS, ComponentStatus, Impact, IncidentStatus, Severity
from ..models import (
    Actor,
    Announcement,
    AuditEvent,
    Component,
    Incident,
    IncidentTemplate,
    IncidentUpdate,
    Site,
)
from ..signals import announced
from .catalogue import refresh_statuses
from .errors import Conflict, KeyReused
from .fingerprint import fingerprint
from .wording import validate

Affected = Mapping[Component, ComponentStatus]


@dataclass(frozen=True, kw_only=True)
class Draft:
    """An update on its way to being published. `components` leaves out those whose state stays as it is.

    `corrects`: the recalled announcement that it puts right; whoever got that hears this first.
    """

    status: str
    body: str
    by: Actor
    at: datetime
    components: Affected = field(default_factory=dict)
    next_update_at: datetime | None = None
    request_key: str | None = None
    corrects: Announcement | None = None


class More(TypedDict, total=False):
    """What a caller may leave out of a Draft."""

    components: Affected
    next_update_at: datetime | None
    request_key: str | None
    corrects: Announcement | None


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
    incident = Incident(
        title=title,
        severity=severity,
        impact=impact or Severity(severity).suggested_impact,
        is_public=is_public,
        started_at=at,
        template=template,
        created_by=by,
    )
    return first_update(incident, Draft(status=status, body=body, by=by, at=at, **draft))


def first_update(incident: Incident, draft: Draft) -> IncidentUpdate:
    """Save a new incident or maintenance with its first update, once per request key, and announce it."""
    validate(title=incident.title, body=draft.body)
    if draft.status in CLOSED:
        raise ValidationError({"status": "A new incident cannot begin as resolved."})
    _refuse_if_not_recalled(draft.corrects)
    digest = fingerprint(draft, incident)
    incident.status = draft.status

    def write() -> IncidentUpdate:
        incident.save()
        return _publish(incident, draft, digest)

    return _once(draft.request_key, digest, write)


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
    asked = Draft(status=status, body=body, by=by, at=at, **draft)
    validate(body=body)
    _refuse_if_not_recalled(asked.corrects)
    digest = fingerprint(asked, incident)

    def write() -> IncidentUpdate:
        locked = Incident.all_kinds.select_for_update(no_key=True).get(pk=incident.pk)
        if done := _earlier(asked.request_key, digest):
            return done
        _refuse_if_stale(locked, seen)
        _refuse_if_out_of_order(locked, status)
        return _publish(locked, asked, digest)

    return _once(asked.request_key, digest, write)


def _once(request_key: str | None, digest: str, write: Callable[[], IncidentUpdate]) -> IncidentUpdate:
    """Run `write` in a transaction, once per `request_key`. Raises KeyReused for the same key with other content."""
    if done := _earlier(request_key, digest):
        return done
    try:
        with transaction.atomic():
            return write()
    except IntegrityError:  # Lost the race against our own twin, or a real fault: then there is no twin.
        if done := _earlier(request_key, digest):
            return done
        raise


def _earlier(request_key: str | None, digest: str) -> IncidentUpdate | None:
    if not request_key:
        return None
    update = IncidentUpdate.objects.filter(request_key=request_key).first()
    if update and update.request_digest != digest:
        raise KeyReused
    return update


def _publish(incident: Incident, draft: Draft, digest: str) -> IncidentUpdate:
    """What every publish does, whatever its kind. The caller holds the transaction."""
    before = dict(incident.affected.values_list("component_id", "status")) if incident.is_in_force else {}
    for component, state in draft.components.items():
        incident.affected.update_or_create(component=component, defaults={"status": state})
    _move(incident, draft)
    refresh_statuses(Component.objects.filter(incidents=incident), at=draft.at, incident=incident)
    update = incident.updates.create(
        status=draft.status,
        body=draft.body,
        body_html=markdown.render(draft.body),
        display_at=draft.at,
        next_update_at=incident.next_update_at,
        affected_components=_affected(incident, before),
        request_key=draft.request_key,
        request_digest=digest,
        created_by=draft.by,
    )
    Site.raise_page_version()
    AuditEvent.record("published", incident, by=draft.by, at=draft.at, status=draft.status, update=update.public_id)
    if incident.is_public:
        _announce(incident, update, draft.corrects)
    return update


def _move(incident: Incident, draft: Draft) -> None:
    closes = draft.status in CLOSED
    incident.status = draft.status
    incident.updated_at = draft.at
    incident.next_update_at = None if closes else draft.next_update_at
    incident.resolved_at = draft.at if closes else None
    if draft.status == IncidentStatus.MONITORING and incident.monitoring_at is None:
        incident.monitoring_at = draft.at
    incident.save()


def _affected(incident: Incident, before: Mapping[int, str]) -> list[dict[str, str]]:
    """What the update says of each public component: operational while the incident does not hold it down."""
    return [
        {
            "code": row.component.public_id,
            "name": row.component.name,
            "old_status": before.get(row.component_id, ComponentStatus.OPERATIONAL),
            "new_status": row.status if incident.is_in_force else ComponentStatus.OPERATIONAL,
        }
        for row in incident.affected.public()
    ]


def _announce(incident: Incident, update: IncidentUpdate, corrects: Announcement | None) -> None:
    announcement = Announcement.objects.create(
        update=update,
        incident=incident,
        kind=incident.kind,
        title=incident.title,
        status=update.status,
        severity=incident.severity,
        impact=incident.impact,
        body=update.body,
        body_html=update.body_html,
        components=[
            {"id": row.component_id, "name": row.component.name, "status": row.status}
            for row in incident.affected.public()
        ],
        corrects=corrects,
        is_first=not incident.is_announced,
        next_update_at=update.next_update_at,
        scheduled_for=incident.scheduled_for,
        scheduled_until=incident.scheduled_until,
        published_at=update.display_at,
    )
    announced.send(Announcement, announcement=announcement)


def _refuse_if_not_recalled(announcement: Announcement | None) -> None:
    if announcement and not announcement.is_recalled:
        raise ValidationError("What this corrects is still going out. Recall it first, then publish.", code="live")


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
