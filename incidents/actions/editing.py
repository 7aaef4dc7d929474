"""A quiet edit: the words of an update put right where they stand. Sends nothing, and moves nothing but the words."""

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError

from statuspage.lib import markdown

from ..audit_verbs import AuditVerb
from ..models import Actor, AuditEvent, Incident, IncidentUpdate, Site, UpdateRevision
from .doubts import Doubt, of_step
from .errors import Conflict
from .fingerprint import fingerprint
from .once import earlier, once
from .steps import same_newlines
from .wording import validate

WITHDRAWN = "These words were withdrawn. Publish a correction that says what is right."
UNCHANGED = "Nothing is changed: this is what the update says already."


@dataclass(frozen=True, kw_only=True)
class Edit:
    """New words on their way into an update."""

    body: str
    by: Actor
    at: datetime
    request_key: str | None = None


def edit_words(
    *,
    update: IncidentUpdate,
    body: str,
    by: Actor,
    at: datetime,
    seen: int | None = None,
    request_key: str | None = None,
) -> IncidentUpdate:
    """Put `body` in the place of what `update` says, keep the former words, and send nothing.

    What was announced stays as it was frozen: a mail that is still to go out says the former words. State, components,
    promise and times stay. `seen`: how many edits of it the author had read; with more of them, raises Conflict and
    writes nothing. The same key with the same words writes once. Raises ValidationError (by field), also for words
    that change nothing or were withdrawn, and KeyReused.
    """
    edit = Edit(body=as_kept(body), by=by, at=at, request_key=request_key)
    validate(body=edit.body)
    digest = fingerprint(edit, update)
    once(UpdateRevision, request_key, digest, lambda: _write(update, edit, digest, seen))
    return IncidentUpdate.objects.select_related("incident").get(pk=update.pk)


def check(*, update: IncidentUpdate, body: str, seen: int | None = None) -> None:
    """Raises as `edit_words` does, and writes nothing."""
    validate(body=as_kept(body))
    _refuse(update, as_kept(body), seen)


def as_kept(body: str) -> str:
    """The words as they are written down."""
    return same_newlines(body).strip()


def new_doubts(update: IncidentUpdate, body: str) -> list[Doubt]:
    """Return where `body` names another time than the update promises, or than the window of the maintenance, as
    somebody reads it who reads it when it was published. What the words said before is no doubt about the edit."""
    known = {doubt.text for doubt in _doubts(update, update.body)}
    return [one for one in _doubts(update, as_kept(body)) if one.text not in known]


def _doubts(update: IncidentUpdate, text: str) -> list[Doubt]:
    about = update.incident
    return of_step(text, update.next_update_at, status=update.status, incident=about, at=update.display_at)


def is_withdrawn(update: IncidentUpdate) -> bool:
    return IncidentUpdate.objects.filter(pk=update.pk, announcement__recall__isnull=False).exists()


def _write(update: IncidentUpdate, edit: Edit, digest: str, seen: int | None) -> UpdateRevision:
    """The caller holds the transaction. The incident is locked as for every publish, so that acts on it add up."""
    Incident.all_kinds.select_for_update(no_key=True).get(pk=update.incident_id)
    update = IncidentUpdate.objects.select_related("incident").get(pk=update.pk)
    if done := earlier(UpdateRevision, edit.request_key, digest):
        return done
    _refuse(update, edit.body, seen)
    before = update.body
    revision = update.revisions.create(
        body=before,
        body_html=update.body_html,
        at=edit.at,
        by=edit.by,
        request_key=edit.request_key,
        request_digest=digest,
    )
    update.body, update.body_html, update.edited_at = edit.body, markdown.render(edit.body), edit.at
    update.save(update_fields=["body", "body_html", "edited_at"])
    Incident.all_kinds.filter(pk=update.incident_id).update(updated_at=edit.at)
    Site.raise_page_version(withdraws=True)
    AuditEvent.record(
        AuditVerb.EDITED_WORDS,
        update.incident,
        by=edit.by,
        at=edit.at,
        update=update.public_id,
        before=before,
        after=edit.body,
    )
    return revision


def _refuse(update: IncidentUpdate, body: str, seen: int | None) -> None:
    if is_withdrawn(update):
        raise ValidationError(WITHDRAWN, code="withdrawn")
    if seen is not None and seen != update.revisions.count():
        raise Conflict(update)
    if body == as_kept(update.body):
        raise ValidationError({"body": ValidationError(UNCHANGED, code="unchanged")})
