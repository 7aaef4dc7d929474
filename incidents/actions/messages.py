"""Messages that are no updates: written here, once for each occasion; `subscribers` finds them and delivers them."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from statuspage.lib import markdown

from ..enums import MessageKind
from ..models import Incident, Message
from ..signals import written
from .wording import validate


@transaction.atomic
def tell_staff(
    *,
    person: User,
    key: str,
    title: str,
    body: str,
    at: datetime,
    path: str = "",
    send_at: datetime | None = None,
    incident: Incident | None = None,
) -> Message:
    """Tell `person` by every verified address of theirs, not before `send_at` (now), ahead of all subscribers.

    `key` names the occasion: a second time changes nothing and returns the first. To remind somebody again is another
    occasion. Where no address works it stands on every screen of theirs until they put it away. Raises ValidationError
    (by field) for words that say nothing.
    """
    validate(title=title, body=body)
    values = {
        "title": title,
        "body": body,
        "body_html": markdown.render(body),
        "path": path,
        "incident": incident,
        "send_at": send_at or at,
        "created_at": at,
    }
    about = {"person": person, "kind": MessageKind.STAFF_MESSAGE, "key": key}
    message, is_new = Message.objects.get_or_create(**about, defaults=values)
    if is_new:
        written.send(Message, message=message)
    return message


def postpone(*, message: Message, until: datetime) -> bool:
    """Tell it not before `until`; False where it is on its way already."""
    return bool(Message.objects.filter(pk=message.pk, listed_at=None).update(send_at=until))


def withdraw(*, message: Message, at: datetime) -> bool:
    """Withdraw a message: what it says is over, and whoever has not got it yet does not get it. False where that was
    said before."""
    return bool(Message.objects.filter(pk=message.pk, withdrawn_at=None).update(withdrawn_at=at))


def put_away(*, message: Message, at: datetime) -> bool:
    """Put away a message that its person has read on a screen. False where they had before."""
    return bool(Message.objects.filter(pk=message.pk, seen_at=None).update(seen_at=at))
