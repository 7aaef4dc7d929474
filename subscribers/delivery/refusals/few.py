"""One or two readers whom nobody else can speak for: an audience so small, refused in words that nobody understands.

Of many, those who were taken tell that the relay does its work, and a refusal is the reader's own: it is final, as the
relay says (RFC 5321 4.2.1). Of an audience of one or two nobody tells. It may be the reader or us, and to be told of an
outage is worth more than the politeness of not asking again: it is tried again as often as what is put off, and only
then has it failed, without any suppression, for a person to see.
"""

from django.db.models import Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Now

from ...enums import DeliveryCause, DeliveryState
from ...models import Delivery
from ..rows import MAX_AGE
from ..waits import MAX_ATTEMPTS, wait_after

_MAY_TELL = (DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.SENDING)


def try_again(refused: QuerySet[Delivery]) -> None:
    """Queue those of `refused` that failed, where nobody hears the same announcement; in the caller's transaction."""
    others = Delivery.objects.filter(announcement=OuterRef("announcement"), channel=OuterRef("channel"))
    lone = refused.filter(~Exists(others.filter(state__in=_MAY_TELL)), created_at__gt=Now() - Value(MAX_AGE))
    lone = lone.filter(state=DeliveryState.FAILED, attempts__lt=MAX_ATTEMPTS, announcement__isnull=False)
    for pk, attempts in lone.order_by("pk").select_for_update(of=("self",)).values_list("pk", "attempts"):
        again = Now() + Value(wait_after(attempts))
        queued = {"state": DeliveryState.QUEUED, "cause": DeliveryCause.PUT_OFF, "visible_at": again}
        Delivery.objects.filter(pk=pk).update(**queued)
