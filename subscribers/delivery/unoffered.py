"""The deliveries that wait for a channel which is not offered any more: SMS_URL was taken away after they were written.

It waits, as it may be a mistake or a change of provider: given back, the channel sends it as if nothing had been. But
not news of yesterday: what is older than MAX_AGE is settled as not sent. What somebody paused waits for them, as ever.
"""

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Now

from .. import offering
from ..enums import Channel, DeliveryCause, DeliveryState
from ..models import Delivery
from . import pauses
from .rows import MAX_AGE


def give_up() -> int:
    """Settle what has waited too long on channels that are not offered; returns how many."""
    return sum(_give_up(channel) for channel in offering.missing())


def _give_up(channel: Channel) -> int:
    old = Delivery.objects.waiting().filter(pauses.flowing(), channel=channel, created_at__lte=Now() - Value(MAX_AGE))
    skipped = _settle(old.filter(state=DeliveryState.QUEUED), DeliveryState.SKIPPED, DeliveryCause.NOT_OFFERED)
    # Nobody claims them any more, so nobody finds that their lease is over.
    lost = old.filter(Q(visible_at__lte=Now()), state=DeliveryState.SENDING)
    return skipped + _settle(lost, DeliveryState.UNKNOWN, DeliveryCause.LOST)


def _settle(rows: QuerySet[Delivery], state: DeliveryState, cause: DeliveryCause) -> int:
    return rows.update(state=state, cause=cause, reason="", lease="")
