"""Deliveries that are due go out: claim a slice, check each again, hand it over, write down what became of it.

No transaction is open while the network is spoken to. What a killed worker leaves behind comes back when its lease
ends: whatever it had not begun as if nothing had been, whatever it had as "possibly doubled".
"""

import logging
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import timedelta

from django.db.models import Exists, OuterRef, QuerySet

from incidents.models import Announcement

from ..audience import who_hears
from ..channels import Failed, Outcome, Unavailable, sender
from ..enums import Channel, DeliveryState, SkipReason
from ..messages import Message, Notice, compose
from ..models import Confirmation, Delivery, Suppression
from ..signals import queued
from . import ledger

logger = logging.getLogger(__name__)
SLICE = 200
SLICE_SECONDS = 4  # Then nothing more is begun: a worker that is told to stop is gone soon after.
BLOCK = 20  # Begun together: what one crash leaves in doubt.
UNAVAILABLE_WAIT = timedelta(seconds=10)
# A row that says the news is told, or will be.
_TELLS = (DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.SENT, DeliveryState.DELIVERED)


def due_channels(patience: timedelta = timedelta(0)) -> list[Channel]:
    """The channels that have rows due since `patience` or longer."""
    return [channel for channel in Channel if Delivery.objects.due(patience).filter(channel=channel).exists()]


def drain(channel: Channel, limit: int = SLICE, *, patience: timedelta = timedelta(0)) -> int:
    """Attempt up to `limit` deliveries that are due on `channel`; returns how many were settled or put off.

    0 says that there was nothing to do or that nothing could be done now. While there is more to do, the signal
    `queued` calls another worker as soon as the first of a full slice is out: so all workers help, and none runs
    against a provider that is down. Takes about SLICE_SECONDS, and as long as the provider's last answer takes.
    """
    claim = ledger.claim(channel, limit, patience)
    slice_ = _Slice(channel, claim)
    more, wait = len(claim) == limit, timedelta(0)
    try:
        with closing(sender(channel)(slice_.messages())) as outcomes:
            for outcome in outcomes:
                slice_.settle(outcome)
                if more:
                    queued.send(Delivery, channel=channel)
                    more = False
    except Unavailable as error:
        logger.warning("%s is unavailable: %s", channel, error)
        more, wait = False, UNAVAILABLE_WAIT
        slice_.handed.clear()  # by the contract nothing of it was attempted
    finally:
        returned = ledger.give_back(claim, begun=slice_.begun.keys() - slice_.handed, wait=wait)
    slice_.doubt_the_rest()
    if more or (returned and slice_.settled and not wait):
        queued.send(Delivery, channel=channel)
    return slice_.settled


class _Slice:
    """One claim on its way out."""

    def __init__(self, channel: Channel, claim: ledger.Claim):
        self.channel = channel
        self.claim = claim
        self.deadline = time.monotonic() + SLICE_SECONDS
        self.notices: dict[int, Notice] = {}
        self.begun: dict[int, Delivery] = {}  # not settled yet
        self.handed: set[int] = set()  # of these, what the channel took
        self.settled = claim.lost

    def messages(self) -> Iterator[Message]:
        """Each message, rendered when the channel is ready for it. What cannot be rendered is put off by itself."""
        for ids in self._blocks():
            if self.is_late():
                return
            rows = ledger.begin(self.claim, self._wanted(ids))
            self.begun |= {row.pk: row for row in rows}
            for row in rows:
                if self.is_late():
                    return
                try:
                    message = self._notice(row).to(row)
                except Exception as error:
                    logger.exception("Delivery %s cannot be rendered", row.pk)
                    self.settle(Failed(row.pk, f"It cannot be rendered: {error!r}"))
                else:
                    self.handed.add(row.pk)
                    yield message

    def is_late(self) -> bool:
        return time.monotonic() > self.deadline

    def settle(self, outcome: Outcome) -> None:
        row = self.begun.pop(outcome.delivery_id)
        self.handed.discard(row.pk)
        self.settled += 1
        if not ledger.settle(row, outcome):
            logger.error("Delivery %s was taken from us before its outcome was known: %s", row.pk, outcome)

    def doubt_the_rest(self) -> None:
        for pk in list(self.handed):
            self.settle(Failed(pk, "The channel did not say what became of it.", unknown=True))

    def _blocks(self) -> Iterator[list[int]]:
        fresh = self.claim.fresh
        for start in range(0, len(fresh), BLOCK):
            yield fresh[start : start + BLOCK]
        for pk in self.claim.suspect:
            yield [pk]

    def _wanted(self, ids: list[int]) -> list[int]:
        """The check at send time: settles what must not go out any more and returns the rest, in order."""
        unwanted = why_not(self.claim.rows().filter(pk__in=ids))
        for reason in set(unwanted.values()):
            self.settled += ledger.skip(self.claim, [pk for pk in unwanted if unwanted[pk] == reason], reason)
        return [pk for pk in ids if pk not in unwanted]

    def _notice(self, row: Delivery) -> Notice:
        """Rendered once a slice for all recipients of an announcement."""
        if row.confirmation_id:
            asked = Confirmation.objects.select_related("subscriber").get(pk=row.confirmation_id)
            return compose(asked, self.channel)
        if row.announcement_id not in self.notices:
            announcement = Announcement.objects.select_related("incident").get(pk=row.announcement_id)
            self.notices[row.announcement_id] = compose(announcement, self.channel)
        return self.notices[row.announcement_id]


def why_not(rows: QuerySet[Delivery]) -> dict[int, SkipReason]:
    """Which of these rows must not go out any more, and why."""
    newer = Delivery.objects.filter(
        # Of this very subscriber: who hears only of the beginning and the end must not lose the beginning to an
        # update in between that goes to others.
        subscriber=OuterRef("subscriber"),
        announcement__incident=OuterRef("announcement__incident"),
        announcement__gt=OuterRef("announcement"),
        state__in=_TELLS,
    )
    suppressed = Suppression.objects.filter(channel=OuterRef("channel"), address=OuterRef("subscriber__address"))
    checked = rows.annotate(superseded=Exists(newer), suppressed=Exists(suppressed))
    shown = "announcement__incident__is_public"  # None for a confirmation
    checked = list(checked.values_list("pk", "subscriber", "announcement", "superseded", "suppressed", shown))
    hearing = _hearing({row[2] for row in checked}, [row[1] for row in checked])
    reasons = {}
    for pk, subscriber, announcement, is_superseded, is_suppressed, is_shown in checked:
        if is_shown is False:
            reasons[pk] = SkipReason.RECALLED
        elif is_suppressed:
            reasons[pk] = SkipReason.SUPPRESSED
        elif is_superseded:
            reasons[pk] = SkipReason.SUPERSEDED
        elif announcement and (announcement, subscriber) not in hearing:
            reasons[pk] = SkipReason.UNSUBSCRIBED
    return reasons


def _hearing(announcements: Iterable[int | None], subscribers: list[int]) -> set[tuple[int, int]]:
    """Which (announcement, subscriber) the audience still holds: the same selection that the fan-out used."""
    return {
        (announcement.pk, subscriber)
        for announcement in Announcement.objects.filter(pk__in=filter(None, announcements))
        for subscriber in who_hears(announcement).filter(pk__in=subscribers).values_list("pk", flat=True)
    }
