""" "Nobody is there": believed of one, and of many only where it cannot be the relay that forgot whom it knows.

A relay whose table of users is lost, or whose directory is down, says 550 5.1.1 of everybody. An imported list may
hold a third of addresses that are really gone. What tells them apart is who says so of whom: readers who had mail
before do not go all at once. **Known** is who confirmed by the link in a message, which needs no memory, or took an
earlier notice; of an import nobody is known at first, so that it is cleaned.

Such replies in a row, nothing taken since, speak of the relay when they are of

- IN_A_ROW readers, and nobody at all is reached by the same announcements. With three of ten gone that comes once in
  10^10; a list in the order of its domains may begin with a dead one, which delays others by seconds, once;
- IN_A_ROW known readers, whoever is reached: the relay broke in the middle. In a month a list loses a few in a hundred;
- OF_ALL known readers, when nothing is left to try and nobody is reached: an audience of a few, all of them gone.

Then the channel waits and says so, and they are taken back, as after every refusal of us (see `in_a_row`). Otherwise
they are buried, that is suppressed: as soon as something was taken after them, or nothing is left to try. Until then
their deliveries have failed and nobody is suppressed, so that there is nothing to undo. SUPPRESSIONS_PER_HOUR holds
beside all this. One or two readers are no evidence of anything: they are believed.
"""

from collections.abc import Collection
from datetime import timedelta

from django.db.models import Q, Value
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from ...channels import Failed
from ...channels.verdicts import Verdict
from ...enums import Channel, DeliveryState, SuppressionCause, SuppressionSource
from ...models import Delivery, Refusal, Subscriber
from ..suppressions import suppress_all

IN_A_ROW = 20
OF_ALL = 3
EVERYBODY = "It says of one after the other that nobody is there, so nobody was suppressed"
_REACHED = (DeliveryState.SENT, DeliveryState.DELIVERED)


def is_in_doubt(outcome: Failed) -> bool:
    """Whether somebody else says that nobody is there: what the owner says counts at once."""
    return outcome.permanent and outcome.verdict is Verdict.ADDRESS_DEAD


def speak_of_the_relay(readers: Collection[int], *, is_anybody_reached: bool, is_quiet: bool) -> bool:
    """Whether that nobody is there, said of these subscribers in a row, is no word about them."""
    if len(readers) >= IN_A_ROW and not is_anybody_reached:
        return True
    known = _known(readers)
    return known >= IN_A_ROW or (known >= OF_ALL and is_quiet and not is_anybody_reached)


def _known(readers: Collection[int]) -> int:
    """How many of them are known; of those who are not by their link, which mostly suffices, a look at each
    announcement tells."""
    confirmed = Subscriber.objects.filter(confirmed_at__isnull=False, consent="", pk__in=list(readers))
    by_link = set(confirmed.values_list("pk", flat=True))
    if len(by_link) >= IN_A_ROW:
        return len(by_link)
    taken = Delivery.objects.to(set(readers) - by_link).filter(state__in=_REACHED)
    return len(by_link) + taken.values("subscriber").distinct().count()


def bury(channel: Channel, *, said_before: timedelta = timedelta(0)) -> None:
    """Suppress those of whom it is believed: nothing more is in doubt of them. In the caller's transaction."""
    found = Refusal.objects.filter(channel=channel, is_dead=True, in_run=False, delivery__state=DeliveryState.FAILED)
    found = found.filter(said_at__lte=Now() - Value(said_before))
    address = Coalesce("delivery__subscriber__address", "delivery__contact__address")
    said = dict(found.annotate(address=address).values_list("address", "reason"))
    if said:
        cause, source = SuppressionCause.REFUSED, SuppressionSource.REPLY
        suppress_all(channel=channel, reasons=said, cause=cause, source=source, at=timezone.now())
        buried = Q(delivery__subscriber__address__in=said) | Q(delivery__contact__address__in=said)
        found.filter(buried).update(is_dead=False)
