"""Whoever publishes is told when the fan-out has final failures: once for each announcement.

Not each failure by itself, and not before the rest has had its chance: when nothing waits any more, or a while after.
What comes back later is on the failures' screen, to which the message leads.
"""

import logging
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Value
from django.db.models.functions import Concat
from django.urls import reverse

from incidents.actions import messages
from incidents.enums import MessageKind
from incidents.models import Announcement, Message
from incidents.models.fields import TITLE_LENGTH

from ..enums import FAILURES, WAITING
from ..models import Delivery, Fanout

_KEY = "failures:"
_LOOKED_AT_FOR = timedelta(days=1)
_LONG_ENOUGH = timedelta(minutes=15)  # after which the rest is not waited for
_log = logging.getLogger(__name__)


def tell_authors(at: datetime) -> int:
    """Write to whoever published what has failed for good in the last day and nobody told them; returns how many."""
    told = Message.objects.filter(kind=MessageKind.STAFF_MESSAGE, key=Concat(Value(_KEY), OuterRef("public_id")))
    listed = Fanout.objects.filter(announcement=OuterRef("pk"), finished_at__isnull=False)
    failed = Delivery.objects.filter(announcement=OuterRef("pk"), state__in=FAILURES)
    found = Announcement.objects.filter(
        Exists(listed),
        Exists(failed),
        ~Exists(told),
        update__created_by__isnull=False,
        created_at__gt=at - _LOOKED_AT_FOR,
    )
    return sum(_try_to_tell(one, at) for one in found.select_related("update__created_by", "incident"))


def _try_to_tell(announcement: Announcement, at: datetime) -> bool:
    """A fault here must hold up nothing that is to be sent."""
    try:
        return _tell(announcement, at)
    except Exception:
        _log.exception("Nobody is told of the failures of announcement %s", announcement.pk)
        return False


def _tell(announcement: Announcement, at: datetime) -> bool:
    failed = announcement.deliveries.filter(state__in=FAILURES).count()
    is_moving = announcement.deliveries.filter(state__in=WAITING).exists()
    author = announcement.update.created_by
    if author is None or (is_moving and announcement.created_at > at - _LONG_ENOUGH):
        return False
    notices, they = ("1 notice", "it") if failed == 1 else (f"{failed:,} notices", "they")
    body = (
        f"You published “{announcement}”. {notices.capitalize()} could not be delivered, and {they} will not be tried "
        "again unless somebody says so. The list says of each why, and offers another attempt."
    )
    messages.tell_staff(
        person=author,
        key=f"{_KEY}{announcement.public_id}",
        title=f"{notices} of “{announcement.title}” did not arrive"[:TITLE_LENGTH],
        body=body,
        path=reverse("deliveries:failures", query={"announcement": announcement.public_id}),
        incident=announcement.incident,
        at=at,
    )
    return True
