"""Publishing: the update, the components' states and the announcement, in one transaction. Sends nothing itself."""

from collections.abc import Callable, Mapping
from copy import copy
from datetime import datetime
from typing import Unpack

from ..audit_verbs import AuditVerb
from ..enums import Act, Impact, IncidentStatus, Severity
from ..models import (
    Actor,
    Announcement,
    AuditEvent,
    Component,
    Incident,
    IncidentTemplate,
    IncidentType,
    IncidentUpdate,
    Site,
)
from ..signals import announced
from . import late_words
from .beginning import new_incident
from .catalogue import refresh_statuses, show_merged
from .composing import Composed, Draft, More, check, compose, move
from .errors import Conflict
from .fingerprint import fingerprint
from .following import refuse_what_cannot_follow
from .internal import tell_colleagues
from .once import earlier, once
from .owners import refuse_who_may_not_own
from .periods import counts, follow, retell, retell_all_of, take_back_end
from .planning import plan_steps
from .window_rules import refuse_window

# What else a publish does, once it is sure to happen: with the incident as it stands, in the transaction.
Prepare = Callable[[Incident, Draft], Draft]
_VERBS = {
    Act.UPDATE: AuditVerb.PUBLISHED,
    Act.REOPEN: AuditVerb.REOPENED,
    Act.FALSE_ALARM: AuditVerb.DECLARED_FALSE_ALARM,
    Act.MAKE_PUBLIC: AuditVerb.MADE_PUBLIC,
    Act.START: AuditVerb.STARTED,
    Act.MOVE: AuditVerb.MOVED,
    Act.END: AuditVerb.ENDED,
    Act.CANCEL: AuditVerb.CANCELLED,
}


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
    type: IncidentType | None = None,
    owner: Actor = None,
    is_public: bool = True,
    **draft: Unpack[More],
) -> IncidentUpdate:
    """Open an incident with its first update and announce it. `impact` is suggested from `severity` if None,
    `owner` is `by`.

    Takes also `components`, `next_update_at`, `request_key` and `corrects` (see Draft). The same key with the same
    content returns the first call's update and writes nothing. Raises ValidationError (by field) and KeyReused.
    """
    if owner:
        refuse_who_may_not_own(owner)
    incident = new_incident(
        title=title,
        severity=severity,
        impact=impact,
        is_public=is_public,
        template=template,
        type=type,
        owner=owner,
        by=by,
        at=at,
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

    Takes also what a Draft may leave out, `components`, `display_at`, `tells` and others. `seen` is the newest update
    that the author knew: with a newer one there, raises Conflict and writes nothing. Raises ValidationError (by field),
    also for a status that cannot follow, and KeyReused.
    """
    return publish(incident, Draft(status=status, body=body, by=by, at=at, **draft), seen=seen)


def _as_it_is(incident: Incident, draft: Draft) -> Draft:
    return draft


def publish(
    incident: Incident, draft: Draft, *, seen: IncidentUpdate | None = None, prepare: Prepare = _as_it_is
) -> IncidentUpdate:
    """Save the next update of `incident`, or a new one with its first, once per request key, and announce it.

    `prepare` gets the saved incident before all of it, and returns the draft as it is to be. Raises as `open_incident`
    and `post_update` do.
    """
    check(incident, draft)
    digest = fingerprint(draft, incident)

    def begin() -> IncidentUpdate:
        _refuse_what_cannot_follow(incident, draft, seen)
        incident.status = draft.status
        incident.save()
        return _save(incident, prepare(incident, draft), digest)

    def go_on() -> IncidentUpdate:
        locked = Incident.all_kinds.select_for_update(no_key=True).get(pk=incident.pk)
        if done := earlier(IncidentUpdate, draft.request_key, digest):
            return done
        _refuse_what_cannot_follow(locked, draft, seen)
        return _save(locked, prepare(locked, draft), digest)

    return once(IncidentUpdate, draft.request_key, digest, begin if incident.pk is None else go_on)


def rehearse(
    incident: Incident, draft: Draft, *, seen: IncidentUpdate | None = None, known: Mapping[int, str] | None = None
) -> IncidentUpdate:
    """Return what `publish` would save, unsaved, with its announcement if there is one. Raises as `publish` does.
    `known`: see `compose`."""
    check(incident, draft)
    if done := earlier(IncidentUpdate, draft.request_key, fingerprint(draft, incident)):
        return done
    _refuse_what_cannot_follow(incident, draft, seen)
    composed = compose(incident, draft, known=known)
    if composed.update.is_public and draft.tells:
        composed.update.announcement = composed.announcement()
    return composed.update


def is_published(request_key: str | None) -> bool:
    """Return whether an update was published with this key."""
    return bool(request_key) and IncidentUpdate.objects.filter(request_key=request_key).exists()


def _save(incident: Incident, draft: Draft, digest: str) -> IncidentUpdate:
    """Save an update, as every publish does, whatever its kind. The caller holds the transaction."""
    composed = compose(incident, draft)
    for component, state in draft.components.items():
        incident.affected.update_or_create(component=component, defaults={"status": state})
    update = composed.update
    _move(incident, draft, update.display_at)
    update.request_key, update.request_digest = draft.request_key, digest
    update.save()
    Site.raise_page_version(withdraws=draft.act == Act.FALSE_ALARM)
    _write_down(update, draft)
    if draft.tells:
        _tell(composed)
    return update


def _tell(composed: Composed) -> None:
    """Announce what is public; tell of what is internal those who may publish."""
    if not composed.update.is_public:
        tell_colleagues(composed.update)
        return
    announcement = composed.announcement()
    announcement.save()
    announced.send(Announcement, announcement=announcement)


def _move(incident: Incident, draft: Draft, shown_at: datetime) -> None:
    """Bring the incident, its components and what uptime counts of them along, from the time that the update shows."""
    before, moves = copy(incident), draft.moves(incident)
    move(incident, draft)
    incident.save()
    if not moves:
        return
    if incident.is_maintenance:
        plan_steps(incident, at=draft.at, is_moved=draft.window is not None)
    was_never_over = draft.act == Act.REOPEN and draft.corrects and draft.corrects.is_last
    if was_never_over and before.resolved_at:
        take_back_end(incident, at=before.resolved_at)
    if draft.act == Act.MAKE_PUBLIC:
        show_merged(incident, is_public=True)
    follow(incident, at=shown_at)
    refresh_statuses(Component.objects.filter(incidents=incident), at=draft.at, incident=incident)
    if was_never_over or counts(before) != counts(incident):
        retell_all_of(incident)
    elif shown_at < draft.at:
        retell(incident.components.values_list("pk", flat=True), begin=shown_at)


def _write_down(update: IncidentUpdate, draft: Draft) -> None:
    facts = {"status": draft.status, "update": update.public_id} | _unusual(draft, update)
    AuditEvent.record(_VERBS[draft.act], update.incident, by=draft.by, at=draft.at, **facts)


def _unusual(draft: Draft, update: IncidentUpdate) -> dict[str, object]:
    """Return what the audit says besides: that it shows an earlier time, was not sent, was said after the end."""
    shown: dict[str, object] = {"shows": update.display_at.isoformat()} if draft.display_at else {}
    window = {"window": [moment.isoformat() for moment in draft.window]} if draft.window else {}
    return shown | window | ({} if draft.tells else {"told": False}) | ({"after_end": True} if draft.is_late else {})


def _refuse_what_cannot_follow(incident: Incident, draft: Draft, seen: IncidentUpdate | None) -> None:
    refuse_if_stale(incident, seen)
    if draft.moves(incident):
        refuse_what_cannot_follow(incident, draft.status, act=draft.act, at=draft.at)
        refuse_window(incident, draft.window, moves=draft.act == Act.MOVE, at=draft.at)
    else:
        late_words.refuse(incident, draft)


def refuse_if_stale(incident: Incident, seen: IncidentUpdate | None) -> None:
    """Raises Conflict where more was said of `incident` than the author had `seen`; None where that is not known."""
    latest = incident.updates.last_written() if seen else None
    if latest and latest != seen:
        raise Conflict(latest)
