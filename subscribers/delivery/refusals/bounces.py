"""Mails that came back from nearly everybody: a relay that takes all and returns it later lost its users just as well.

What it says comes one by one, each for one delivery that is out, so that there is no row to be counted. What counts is
the announcement: where at least as many of its mails came back as are still out, and those are IN_A_ROW or more, or
where OF_ALL or more came back and none is out, it speaks of the relay. An imported list of which a third is gone stays
below; nobody writes to half of a list in vain but the first time. Then all that this announcement had suppressed by
reports is held for a person, who sees them together. A delivery cannot be taken back: it is among the failures, to be
tried again from there.
"""

from datetime import datetime

from ...enums import Channel, DeliveryState
from ...models import Delivery
from ..suppressions import doubt_all
from .deaths import IN_A_ROW, OF_ALL

_OUT = (DeliveryState.SENDING, DeliveryState.SENT, DeliveryState.DELIVERED)
_ENOUGH = 1_000  # are counted: what a large announcement suppresses beyond is bounded by the hour


def doubt(row: Delivery, *, at: datetime) -> None:
    """Hold all bounces of the announcement of `row` where they speak of the relay. To be called after `row` came back
    and its address was suppressed, in the caller's transaction."""
    if row.announcement_id is None:
        return
    beside = Delivery.objects.filter(announcement=row.announcement_id, channel=row.channel)
    back = beside.filter(state=DeliveryState.BOUNCED)
    if (
        _speak_of_the_relay(back[:_ENOUGH].count(), beside.filter(state__in=_OUT)[:_ENOUGH].count())
        and row.announcement
    ):
        theirs = back.values("subscriber__address")
        doubt_all(channel=Channel(row.channel), addresses=theirs, since=row.announcement.created_at, at=at)


def _speak_of_the_relay(back: int, out: int) -> bool:
    return back >= (IN_A_ROW if out else OF_ALL) and back >= out
