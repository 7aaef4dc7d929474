"""The message of a bulletin, or a reminder, becomes one delivery for each subscriber: in pages, each one transaction.

A killed worker's successor goes on behind the last subscriber who has a row. Anything that is more urgent and comes
meanwhile is listed in between.
"""

import logging

from django.db import transaction
from django.db.models import Max, Value
from django.db.models.functions import Now

from incidents.models import Message

from ..enums import Channel
from ..models import Delivery
from ..signals import deliveries_due
from . import fanout
from .audience import recipients_of_message
from .listing import insert

PAGE = 10_000  # recipients
_log = logging.getLogger(__name__)


def list_everyone(message: Message) -> int:
    """Write what is missing of the deliveries of `message`, whose time has come; returns how many this call wrote.

    May be called again, and by several at once. Until fanout.LATEST_COMMIT has passed it is not listed yet: whoever
    confirmed before its time may still be written down.
    """
    written = 0
    while page := _list_page(message):
        written += page
        _let_pass()
    return written + _list_late(message)


def _let_pass() -> None:
    for urgent in fanout.unfinished():
        try:
            fanout.expand(urgent)
        except Exception:  # as it fails whoever tries, and what waits here has its turn all the same
            _log.exception("Announcement %s cannot be expanded", urgent.pk)


@transaction.atomic
def _list_page(message: Message) -> int:
    if not (locked := _locked(message)):
        return 0
    last = Delivery.objects.filter(message=locked).aggregate(last=Max("subscriber"))["last"] or 0
    rest = recipients_of_message(locked).filter(pk__gt=last)
    end = list(rest.order_by("pk").values_list("pk", flat=True)[PAGE - 1 : PAGE])
    page = rest.filter(pk__lte=end[0]) if end else rest
    return _call(insert(locked, page, are_new=True))


@transaction.atomic
def _list_late(message: Message) -> int:
    """List also those who had confirmed and were written down only after their page; after LATEST_COMMIT it is done."""
    if not (locked := _locked(message)):
        return 0
    until = locked.send_at
    late = recipients_of_message(locked).confirmed_within(until - fanout.LATEST_COMMIT, until)
    written = insert(locked, late)
    over = Message.objects.filter(pk=locked.pk, send_at__lte=Now() - Value(fanout.LATEST_COMMIT))
    over.update(listed_at=Now())
    return _call(written)


def _locked(message: Message) -> Message | None:
    """Return it for this transaction alone; None where it was withdrawn, put off or listed meanwhile."""
    return Message.objects.to_be_listed().select_for_update(no_key=True).filter(pk=message.pk).first()


def _call(written: int) -> int:
    for channel in Channel if written else ():
        deliveries_due.send(Delivery, channel=channel)
    return written
