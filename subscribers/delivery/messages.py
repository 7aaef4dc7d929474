"""Messages that are no updates, on their way into the ledger: to staff by their addresses, of bulletins to everyone,
reminders to whoever hears of the planned work, others by a list."""

import logging
from collections.abc import Callable
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Now

from incidents.enums import MessageKind
from incidents.models import Message

from ..enums import WAITING, Channel, DeliveryState
from ..models import Contact, Delivery, Subscriber
from ..signals import deliveries_due
from .bulletins import list_everyone
from .listing import insert

_IS_LATE = timedelta(minutes=2)
_TAKEN = (DeliveryState.SENT, DeliveryState.DELIVERED)
_log = logging.getLogger(__name__)


def list_due() -> int:
    """Write the deliveries of every message to staff, then of reminders and bulletins, whose time has come; returns
    how many rows that were.

    May be called by several at once, and again after a kill: a message and its rows are one transaction.
    """
    written = 0
    for kind, act in _LISTED_BY.items():
        for message in Message.objects.to_be_listed().filter(kind=kind):
            try:
                written += act(message)
            except Exception:  # as it fails whoever tries, and the next has its turn all the same
                _log.exception("Message %s cannot be listed", message.pk)
    return written


def _list_addresses(message: Message) -> int:
    return address(message, Contact.objects.usable().filter(person=message.person))


_LISTED_BY: dict[MessageKind, Callable[[Message], int]] = {
    MessageKind.STAFF_MESSAGE: _list_addresses,
    MessageKind.MAINTENANCE_REMINDER: list_everyone,
    MessageKind.BULLETIN: list_everyone,
}


def unreached(person: User) -> QuerySet[Message]:
    """Return the messages that `person` has neither got by any address nor read here: those without a row that went
    out.

    Where one is still on its way, after _IS_LATE.
    """
    rows = Delivery.objects.filter(message=OuterRef("pk"))
    on_its_way = Q(listed_at=None) | Exists(rows.filter(state__in=WAITING))
    due = Message.objects.filter(person=person, kind=MessageKind.STAFF_MESSAGE, seen_at=None, withdrawn_at=None)
    due = due.filter(~on_its_way | Q(send_at__lte=Now() - Value(_IS_LATE)), send_at__lte=Now())
    return due.exclude(Exists(rows.filter(state__in=_TAKEN)))


@transaction.atomic
def address(message: Message, recipients: "QuerySet[Subscriber] | QuerySet[Contact]") -> int:
    """Send `message` to `recipients`, each once; returns how many rows were written. It is listed from then on.

    May be called again with others, in pages.
    """
    locked = Message.objects.select_for_update(no_key=True).get(pk=message.pk)
    if locked.withdrawn_at:
        return 0
    written = insert(locked, recipients)
    Message.objects.filter(pk=message.pk, listed_at=None).update(listed_at=Now())
    for channel in Channel if written else ():
        deliveries_due.send(Delivery, channel=channel)
    return written
