"""Whoever publishes is told when the fan-out has final failures: once for each announcement, and each bulletin.

Not each failure by itself, and not before the rest has had its chance: when nothing waits any more, or a while after.
What comes back later is on the failures' screen, to which the message leads.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Concat
from django.urls import reverse

from incidents.actions import messages
from incidents.enums import MessageKind
from incidents.models import Announcement, Bulletin, Incident, Message
from incidents.models.fields import TITLE_LENGTH

from ..enums import FAILURES, WAITING
from ..models import Delivery, Fanout

_KEY = "failures:"
_LOOKED_AT_FOR = timedelta(days=1)
_LONG_ENOUGH = timedelta(minutes=15)  # after which the rest is not waited for
_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class _Published:
    """What somebody published and not everybody got. `said`: in a line."""

    public_id: str
    title: str
    said: str
    author: User
    deliveries: QuerySet[Delivery]
    began_at: datetime
    incident: Incident | None = None


def tell_authors(at: datetime) -> int:
    """Write to whoever published what has failed for good in the last day and nobody told them; returns how many."""
    return sum(_try_to_tell(one, at) for one in (*_announcements(at), *_bulletins(at)))


def _announcements(at: datetime) -> Iterator[_Published]:
    told = _told().filter(key=Concat(Value(_KEY), OuterRef("public_id")))
    listed = Fanout.objects.filter(announcement=OuterRef("pk"), finished_at__isnull=False)
    failed = Delivery.objects.filter(announcement=OuterRef("pk"), state__in=FAILURES)
    found = Announcement.objects.filter(
        Exists(listed),
        Exists(failed),
        ~Exists(told),
        update__created_by__isnull=False,
        created_at__gt=at - _LOOKED_AT_FOR,
    )
    for one in found.select_related("update__created_by", "incident"):
        if author := one.update.created_by:
            yield _Published(
                public_id=one.public_id,
                title=one.title,
                said=str(one),
                author=author,
                deliveries=one.deliveries.all(),
                began_at=one.created_at,
                incident=one.incident,
            )


def _bulletins(at: datetime) -> Iterator[_Published]:
    told = _told().filter(key=Concat(Value(_KEY), OuterRef("key")))
    # Said of the announcement too, it is found by the index of failures, and not among all that were sent it.
    failed = Delivery.objects.filter(announcement=None, message=OuterRef("pk"), state__in=FAILURES)
    begun = Message.objects.filter(kind=MessageKind.BULLETIN, send_at__gt=at - _LOOKED_AT_FOR)
    found = {message.key: message for message in begun.filter(Exists(failed), ~Exists(told))}
    for one in Bulletin.objects.filter(public_id__in=found).select_related("created_by"):
        if one.created_by:
            yield _Published(
                public_id=one.public_id,
                title=one.title,
                said=one.title,
                author=one.created_by,
                deliveries=found[one.public_id].deliveries.all(),
                began_at=found[one.public_id].send_at,
            )


def _told() -> QuerySet[Message]:
    return Message.objects.filter(kind=MessageKind.STAFF_MESSAGE)


def _try_to_tell(published: _Published, at: datetime) -> bool:
    """A fault here must hold up nothing that is to be sent."""
    try:
        return _tell(published, at)
    except Exception:
        _log.exception("Nobody is told of the failures of %s", published.public_id)
        return False


def _tell(published: _Published, at: datetime) -> bool:
    failed = published.deliveries.filter(state__in=FAILURES).count()
    is_moving = published.deliveries.filter(state__in=WAITING).exists()
    if is_moving and published.began_at > at - _LONG_ENOUGH:
        return False
    notices, they = ("1 notice", "it") if failed == 1 else (f"{failed:,} notices", "they")
    body = (
        f"You published “{published.said}”. {notices.capitalize()} could not be delivered, and {they} will not be "
        "tried again unless somebody says so. The list says of each why, and offers another attempt."
    )
    messages.tell_staff(
        person=published.author,
        key=f"{_KEY}{published.public_id}",
        title=f"{notices} of “{published.title}” did not arrive"[:TITLE_LENGTH],
        body=body,
        path=reverse("deliveries:failures", query={"announcement": published.public_id}),
        incident=published.incident,
        at=at,
    )
    return True
