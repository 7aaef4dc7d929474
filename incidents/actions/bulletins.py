"""Bulletins: published, edited, pinned, ended, withdrawn. None of it changes a state. Sends nothing itself."""

from datetime import datetime
from typing import TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from statuspage.lib import markdown

from ..audit_verbs import AuditVerb
from ..enums import MessageKind
from ..models import Actor, AuditEvent, Bulletin, Message, Site
from ..signals import written
from . import messages
from .bulletin_draft import BulletinDraft, begins_at, check, compose, message_of, problems, problems_of_window
from .errors import BulletinConflict
from .fingerprint import fingerprint
from .once import earlier, once
from .wording import reason_of

_WITHDRAWN = "This was withdrawn; publish a new announcement to say more."


class More(TypedDict, total=False):
    """The arguments that a caller may leave out of a BulletinDraft."""

    from_at: datetime | None
    until_at: datetime | None
    is_pinned: bool
    tell: bool
    request_key: str | None


def publish(*, title: str, body: str, by: Actor, at: datetime, **draft: Unpack[More]) -> Bulletin:
    """Publish a bulletin, shown from `from_at` (now) until `until_at` (until somebody ends it), and send it to every
    subscriber if `tell`.

    The same `request_key` with the same content returns the first call's bulletin and writes nothing. Raises
    ValidationError (by field) and KeyReused.
    """
    return publish_draft(BulletinDraft(title=title, body=body, by=by, at=at, **draft))


def publish_draft(draft: BulletinDraft) -> Bulletin:
    """The same of a draft."""
    digest = fingerprint(draft)
    return once(Bulletin, draft.request_key, digest, lambda: _save(draft, digest))


def rehearse(draft: BulletinDraft) -> Bulletin:
    """Return what `publish` would save, unsaved. Raises as `publish` does."""
    if done := earlier(Bulletin, draft.request_key, fingerprint(draft)):
        return done
    check(draft)
    return compose(draft)


def _save(draft: BulletinDraft, digest: str) -> Bulletin:
    check(draft)
    bulletin = compose(draft)
    bulletin.request_key, bulletin.request_digest = draft.request_key, digest
    bulletin.save()
    if draft.tell:
        message = message_of(bulletin)
        message.save()
        written.send(Message, message=message)
    _record(AuditVerb.PUBLISHED_BULLETIN, bulletin, draft.by, draft.at, after=_as_it_stands(bulletin))
    Site.raise_page_version()
    return bulletin


@transaction.atomic
def edit(
    *,
    bulletin: Bulletin,
    title: str,
    body: str,
    until_at: datetime | None,
    by: Actor,
    at: datetime,
    from_at: datetime | None = None,
    seen: int | None = None,
) -> Bulletin:
    """Change what a bulletin says, quietly: nothing is sent for it. `from_at`: None leaves it as it is.

    What is to be sent later says the new words; what is on its way keeps those that it began with. `seen` is the
    version that the author read: with a newer one there, raises BulletinConflict. Where nothing differs nothing is
    written. Raises ValidationError (by field), also for another `from_at` once it has begun.
    """
    locked = _locked(bulletin)
    before = _as_it_stands(locked)
    begins = locked.from_at if from_at in (None, locked.from_at) else begins_at(from_at, at)
    if (title, body, begins, until_at) == (locked.title, locked.body, locked.from_at, locked.until_at):
        return locked  # so is a second click, though the first raised the version
    if seen is not None and locked.version != seen:
        raise BulletinConflict(locked)
    _refuse_withdrawn(locked)
    if wrong := problems(title, body) | _problems_of_change(locked, begins, until_at, at):
        raise ValidationError(wrong)
    if (title, body) != (locked.title, locked.body) and locked.has_begun(at):
        locked.edited_at = at
    locked.title, locked.body, locked.body_html = title, body, markdown.render(body)
    locked.from_at, locked.until_at = begins, until_at
    _reword(locked)
    _write_down(AuditVerb.EDITED_BULLETIN, locked, by, at, before)
    return locked


def _problems_of_change(
    bulletin: Bulletin, begins: datetime, until_at: datetime | None, at: datetime
) -> dict[str, list[str]]:
    """Return what is wrong with the times, by field: those that stay as they are may be past."""
    if bulletin.has_begun(at) and begins != bulletin.from_at:
        return {"from_at": ["This is on the page already; when it began stays as it is."]}
    if (begins, until_at) == (bulletin.from_at, bulletin.until_at):
        return {}
    found = problems_of_window(begins, until_at, at=at)
    return {name: told for name, told in found.items() if name != "from_at" or begins != bulletin.from_at}


def _reword(bulletin: Bulletin) -> None:
    """Let what is to be sent later say the same. By the database's clock, as is the sending."""
    fresh = message_of(bulletin)
    waiting = _messages_of(bulletin).filter(listed_at=None, withdrawn_at=None, send_at__gt=Now())
    same = {name: getattr(fresh, name) for name in ("title", "body", "body_html", "send_at")}
    if waiting.update(**same):
        written.send(Message, message=fresh)


def _messages_of(bulletin: Bulletin) -> QuerySet[Message]:
    return Message.objects.filter(kind=MessageKind.BULLETIN, key=bulletin.public_id)


def told_as(bulletin: Bulletin) -> Message | None:
    """Return the message that subscribers are sent of it; None where none is, and once it is past the retention."""
    return _messages_of(bulletin).first()


@transaction.atomic
def pin(*, bulletin: Bulletin, is_pinned: bool, by: Actor, at: datetime) -> Bulletin:
    """Put it above the components, or back below. A second time changes nothing. Raises ValidationError for one that
    was withdrawn."""
    locked = _locked(bulletin)
    _refuse_withdrawn(locked)
    if locked.is_pinned != is_pinned:
        before = _as_it_stands(locked)
        locked.is_pinned = is_pinned
        verb = AuditVerb.PINNED_BULLETIN if is_pinned else AuditVerb.UNPINNED_BULLETIN
        _write_down(verb, locked, by, at, before)
    return locked


@transaction.atomic
def end(*, bulletin: Bulletin, by: Actor, at: datetime) -> Bulletin:
    """Take it off the front page now. A second time changes nothing. Raises ValidationError for one that has not begun,
    or was withdrawn."""
    locked = _locked(bulletin)
    _refuse_withdrawn(locked)
    if not locked.has_begun(at):
        raise ValidationError("This has not begun yet. Withdraw it, and nobody ever sees it.", code="future")
    if not locked.is_over(at):
        before = _as_it_stands(locked)
        locked.until_at = at
        _write_down(AuditVerb.ENDED_BULLETIN, locked, by, at, before)
    return locked


@transaction.atomic
def withdraw(*, bulletin: Bulletin, reason: str, by: Actor, at: datetime) -> Bulletin:
    """Take it back: it is marked as withdrawn wherever it was shown, and whoever has not got it does not get it.

    One that has not begun is never shown. A second time changes nothing. Raises ValidationError (by field) for a
    `reason` that says nothing.
    """
    reason = reason_of(reason, empty="Say in a few words why; the audit keeps it.")
    locked = _locked(bulletin)
    if locked.withdrawn_at:
        return locked
    before = _as_it_stands(locked)
    locked.withdrawn_at, locked.withdrawn_reason = at, reason
    if message := told_as(locked):
        messages.withdraw(message=message, at=at)
    _write_down(AuditVerb.WITHDREW_BULLETIN, locked, by, at, before, reason=reason)
    return locked


def _locked(bulletin: Bulletin) -> Bulletin:
    return Bulletin.objects.select_for_update(no_key=True).get(pk=bulletin.pk)


def _refuse_withdrawn(bulletin: Bulletin) -> None:
    if bulletin.withdrawn_at:
        raise ValidationError(_WITHDRAWN, code="withdrawn")


def _write_down(
    verb: AuditVerb, bulletin: Bulletin, by: Actor, at: datetime, before: dict[str, object], **more: object
) -> None:
    bulletin.version += 1
    bulletin.save()
    _record(verb, bulletin, by, at, before=before, after=_as_it_stands(bulletin), **more)
    Site.raise_page_version(withdraws=verb == AuditVerb.WITHDREW_BULLETIN)


def _record(verb: AuditVerb, bulletin: Bulletin, by: Actor, at: datetime, **detail: object) -> None:
    AuditEvent.record(verb, bulletin, by=by, at=at, **detail)


def _as_it_stands(bulletin: Bulletin) -> dict[str, object]:
    """Return what a person may change of it, for the audit."""
    times = {name: getattr(bulletin, name) for name in ("from_at", "until_at")}
    said = {name: getattr(bulletin, name) for name in ("title", "body", "is_pinned", "is_told")}
    return said | {name: moment and moment.isoformat() for name, moment in times.items()}
