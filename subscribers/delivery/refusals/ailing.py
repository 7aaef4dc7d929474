"""Addresses that may be well tomorrow, and never are: what was said of them is remembered, and in the end it tells.

One 5.2.1 says nothing for good: Gmail means "disabled" by it, and also "gets more than it takes just now". Said again
on another day, with nothing taken between, it means the former. A full mailbox is somebody's who is away; one that
stays full for weeks is nobody's any more, and senders are expected to stop: a month is longer than most holidays, and
far from the half a year and more after which large providers give such names up, some to traps for senders.

**How long.** OFF from 3 days on; FULL from 28 days on, and at the third time: two bad days a month apart are not weeks.
Those within a day count as one. What nobody said again for FORGOTTEN_AFTER counts no more.

**What ends it.** Whatever the address took since. Where that was lately the relay may yet give it back (RFC 5321
4.5.4.1: it tries for 4 to 5 days), so that nothing is concluded until it is known. It is looked up when the next
refusal comes, a hand-over costs nothing; before deliveries are rolled up they tell it (`heed`). And a relay that
refuses one after the other so speaks of itself: `in_a_row` takes that back.

It is a row for each address, written together with the refusal: a restart forgets nothing.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from statuspage.lib.text import storable

from ...addresses import Address
from ...channels import Failed, registry
from ...channels.verdicts import Verdict
from ...enums import Channel, DeliveryState, Illness, RecipientKind, SuppressionCause, SuppressionSource
from ...models import Ailment, Delivery
from ..rows import ClaimedDelivery
from ..suppressions import suppress

LASTS = {Illness.OFF: (timedelta(days=3), 2), Illness.FULL: (timedelta(days=28), 3)}  # how long, and how often
FORGOTTEN_AFTER = timedelta(days=90)
_SAME_DAY = timedelta(days=1)
_MAY_COME_BACK = timedelta(days=5)
_TAKEN = (DeliveryState.SENT, DeliveryState.DELIVERED)


def believe(failed: Iterable[tuple[ClaimedDelivery, Failed]]) -> None:
    """Note the ailments that `failed` tells of: deliveries that failed for good a moment ago. In the caller's
    transaction."""
    said = {
        Address(Channel(row.channel), row.recipient.address): outcome.reason
        for row, outcome in failed
        if row.recipient.kind is RecipientKind.SUBSCRIBER and outcome.verdict is Verdict.ADDRESS_UNWELL
    }
    if said:
        note(said, source=SuppressionSource.REPLY, at=timezone.now())


def note(said: Mapping[Address, str], *, source: SuppressionSource, at: datetime) -> None:
    """Addresses that were refused for good, each with the provider's words: remember those that name an Illness, and
    suppress where it lasted. To be called when their deliveries are written; in the caller's transaction.
    """
    for address in sorted(said):  # sorted: no two lock crosswise
        if kind := registry.of(address.channel).illness_of(said[address]):
            ailment = _remembered(address, kind, storable(said[address], 300), at)
            if _has_lasted(ailment, at):
                _suppress(ailment, source, at)


def _remembered(address: Address, kind: Illness, reason: str, at: datetime) -> Ailment:
    anew = {"kind": kind, "reason": reason, "times": 1, "first_at": at, "last_at": at}
    ailment, is_new = Ailment.objects.select_for_update().get_or_create(**address._asdict(), defaults=anew)
    if is_new:
        return ailment
    if ailment.kind != kind or ailment.last_at <= at - FORGOTTEN_AFTER or _is_over(ailment, at):
        for name, value in anew.items():
            setattr(ailment, name, value)
    elif at - ailment.last_at >= _SAME_DAY:
        ailment.times, ailment.last_at, ailment.reason = ailment.times + 1, at, reason
    ailment.save()
    return ailment


def _is_over(ailment: Ailment, at: datetime) -> bool:
    for_good = Q(state=DeliveryState.DELIVERED) | Q(sent_at__lte=at - _MAY_COME_BACK)
    return _taken_since(ailment).filter(for_good).exists()


def _has_lasted(ailment: Ailment, at: datetime) -> bool:
    least, times = LASTS[Illness(ailment.kind)]
    return ailment.times >= times and at - ailment.first_at >= least and not _taken_since(ailment).exists()


def _taken_since(ailment: Ailment) -> QuerySet[Delivery]:
    theirs = Delivery.objects.filter(subscriber__channel=ailment.channel, subscriber__address=ailment.address)
    return theirs.filter(state__in=_TAKEN, sent_at__gt=ailment.first_at)


def _suppress(ailment: Ailment, source: SuppressionSource, at: datetime) -> None:
    # The version before knows by these first words that it has lasted, whatever the last ones mean.
    reason = f"Never taken since {ailment.first_at:%Y-%m-%d} ({ailment.times} times): {ailment.reason}"
    address, cause = ailment.address, SuppressionCause.LASTING
    suppress(channel=Channel(ailment.channel), address=address, cause=cause, reason=reason, source=source, at=at)
    ailment.delete()


# --- What ends it -------------------------------------------------------------------------------------------


def heed(rows: QuerySet[Delivery]) -> None:
    """Forget the ailments of whoever took one of `rows`, which are about to be rolled up."""
    theirs = Q(subscriber__channel=OuterRef("channel"), subscriber__address=OuterRef("address"))
    taken = rows.order_by().filter(theirs, state__in=_TAKEN, sent_at__gt=OuterRef("first_at"))
    Ailment.objects.filter(Exists(taken)).delete()


def take_back(rows: QuerySet[Delivery]) -> None:
    """Forget the ailments of the recipients of `rows`: their refusals spoke of us."""
    theirs = rows.order_by().filter(subscriber__channel=OuterRef("channel"), subscriber__address=OuterRef("address"))
    Ailment.objects.filter(Exists(theirs)).delete()


def forget(at: datetime) -> None:
    Ailment.objects.filter(last_at__lte=at - FORGOTTEN_AFTER).delete()
