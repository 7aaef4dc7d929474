"""The draft of a bulletin and what becomes of it: the bulletin and the message that publishing saves and a preview
shows.

Writes nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError

from statuspage.lib import markdown
from statuspage.lib.text import is_blank

from ..enums import MessageKind
from ..models import Actor, Bulletin, Message
from . import wording

_MINUTE = timedelta(minutes=1)
Problems = dict[str, list[str]]


@dataclass(frozen=True, kw_only=True)
class BulletinDraft:
    """A bulletin on its way to being published. `from_at`: None is now. `tell`: every subscriber is sent it."""

    title: str
    body: str
    by: Actor
    at: datetime
    from_at: datetime | None = None
    until_at: datetime | None = None
    is_pinned: bool = False
    tell: bool = False
    request_key: str | None = None

    @property
    def begins_at(self) -> datetime:
        """The time from which it is shown: the full minute, in which the page speaks, or now."""
        return begins_at(self.from_at, self.at)


def begins_at(from_at: datetime | None, at: datetime) -> datetime:
    """Return the full minute that is not before `from_at`; `at` itself where that is this minute, or None. What is past
    stays as it is."""
    if from_at is None or _this_minute(at) <= from_at <= at:
        return at
    if from_at < at:
        return from_at
    whole = _this_minute(from_at)
    return whole if whole == from_at else whole + _MINUTE


def _this_minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def check(draft: BulletinDraft) -> None:
    """Raises ValidationError, by field, for what cannot be published."""
    if wrong := problems(draft.title, draft.body) | problems_of_window(draft.from_at, draft.until_at, at=draft.at):
        raise ValidationError(wrong)


def problems(title: str, body: str) -> Problems:
    """Return what is wrong with the words, as messages by field."""
    found = wording.problems(title=title, body=body)
    if is_blank(title):
        found["title"] = ["Say in one line what it is about."]
    return {name: found[name] for name in ("title", "body") if name in found}


def problems_of_window(from_at: datetime | None, until_at: datetime | None, *, at: datetime) -> Problems:
    """Return what is wrong with when it is shown, by field; of a time that is not given nothing."""
    found: Problems = {}
    begins = begins_at(from_at, at)
    if begins < at:
        found["from_at"] = ["This is past; leave it empty to begin now."]
    if until_at and until_at <= at:
        found["until_at"] = ["This is past; choose a later end."]
    elif until_at and until_at <= begins:
        found["until_at"] = ["It must end after it begins."]
    return found


def compose(draft: BulletinDraft) -> Bulletin:
    """Return the bulletin as `draft` says it, not saved."""
    return Bulletin(
        title=draft.title,
        body=draft.body,
        body_html=markdown.render(draft.body),
        from_at=draft.begins_at,
        until_at=draft.until_at,
        is_pinned=draft.is_pinned,
        is_told=draft.tell,
        created_by=draft.by,
        created_at=draft.at,
    )


def message_of(bulletin: Bulletin) -> Message:
    """Return what every subscriber is sent of `bulletin`, not saved: once, and not before it is shown."""
    return Message(
        kind=MessageKind.BULLETIN,
        key=bulletin.public_id,
        title=bulletin.title,
        body=bulletin.body,
        body_html=bulletin.body_html,
        path=bulletin.get_absolute_url(),
        send_at=bulletin.from_at,
        created_at=bulletin.created_at,
    )
