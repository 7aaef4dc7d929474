"""What may happen to the rows of the ledger, each step one short transaction. All times are the database's."""

import random
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from django.db import transaction
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Now

from ..channels import Failed, Outcome
from ..enums import URGENT, Channel, DeliveryState, SkipReason
from ..models import Delivery, Suppression

# Longer than the slowest hand-over of one message, shorter than anybody wants to wait after a crash.
LEASE = timedelta(minutes=3)
MAX_ATTEMPTS = 12
MAX_AGE = timedelta(hours=24)
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(minutes=30)
TOLD_WAIT_LIMITS = timedelta(seconds=1), timedelta(hours=1)

_random = random.SystemRandom()  # workers forked from one parent must not share a jitter


@dataclass(frozen=True, slots=True)
class Claim:
    """Rows that are ours while the lease holds, the most urgent first.

    `suspect`: an earlier attempt has no known outcome. It may be the row that brings workers down, so it goes alone.
    `lost`: how many were being sent when an earlier lease ran out; they are settled or queued again already.
    """

    token: str
    fresh: list[int]
    suspect: list[int]
    lost: int

    def __len__(self):
        return len(self.fresh) + len(self.suspect) + self.lost

    def rows(self) -> QuerySet[Delivery]:
        """Those still ours and not settled."""
        return _ours(self.token, self.fresh + self.suspect)


def claim(channel: Channel, limit: int, patience: timedelta = timedelta(0)) -> Claim:
    """Take up to `limit` due rows, the most urgent first. No other claim gets them before the lease ends.

    For what was being sent when an earlier lease ran out, see `doubt`.
    """
    token = uuid4().hex
    with transaction.atomic():
        due = Delivery.objects.due(patience).filter(channel=channel).order_by("priority", "visible_at")
        rows = list(due.select_for_update(skip_locked=True).values_list("pk", "state", "possibly_doubled")[:limit])
        ids = [pk for pk, _, _ in rows]
        Delivery.objects.filter(pk__in=ids).update(lease=token, visible_at=Now() + Value(LEASE))
    lost = {pk for pk, state, _ in rows if state == DeliveryState.SENDING}
    suspect = [pk for pk, _, doubled in rows if doubled and pk not in lost]
    for row in _loaded(_ours(token, lost)):
        doubt(row, "The worker was lost while sending.", wait=timedelta(0))
    return Claim(token, [pk for pk in ids if pk not in lost.union(suspect)], suspect, len(lost))


def begin(claim: Claim, ids: Collection[int]) -> list[Delivery]:
    """Note that these are handed over now; returns those that are still ours, with a whole lease before them."""
    ours = claim.rows().filter(pk__in=ids, visible_at__gt=Now())
    ours.update(state=DeliveryState.SENDING, attempts=F("attempts") + 1, visible_at=Now() + Value(LEASE))
    return _loaded(ours.filter(state=DeliveryState.SENDING))


def skip(claim: Claim, ids: Collection[int], reason: SkipReason) -> int:
    """Settle rows that must not go out any more."""
    return claim.rows().filter(pk__in=ids).update(state=DeliveryState.SKIPPED, reason=reason, lease="")


def give_back(claim: Claim, *, begun: Collection[int], wait: timedelta = timedelta(0)) -> int:
    """Return what was not attempted, `begun` or not even that: due again after `wait`, and no attempt burnt."""
    back = {"state": DeliveryState.QUEUED, "lease": "", "visible_at": Now() + Value(wait)}
    returned = claim.rows().filter(pk__in=begun).update(attempts=F("attempts") - 1, **back)
    return returned + claim.rows().filter(state=DeliveryState.QUEUED).update(**back)


def settle(row: Delivery, outcome: Outcome) -> bool:
    """Write down what became of one attempt; False when the row is no longer ours (its lease ran out)."""
    match outcome:
        case Failed(permanent=True):
            return _fail(row, outcome)
        case Failed(unknown=True):
            return doubt(row, outcome.reason, wait_after(row.attempts))
        case Failed(retry_after=None):
            return _back_off(row, outcome.reason, wait_after(row.attempts))
        case Failed():
            # The provider's word is kept, within reason, and is nobody's failure.
            shortest, longest = TOLD_WAIT_LIMITS
            wait = min(max(outcome.retry_after, shortest), longest)
            return _back_off(row, outcome.reason, wait, attempts=row.attempts - 1)
    return _write(row, DeliveryState.SENT, sent_at=Now(), provider_id=outcome.provider_id[:200])


def doubt(row: Delivery, reason: str, wait: timedelta) -> bool:
    """It may have gone out or not. An e-mail goes again, as the same message; an SMS once, and only if urgent."""
    again = row.channel == Channel.EMAIL or (row.priority <= URGENT and not row.possibly_doubled)
    if not again:
        return _write(row, DeliveryState.UNKNOWN, reason)
    return _back_off(row, reason, wait, possibly_doubled=True)


def wait_after(attempts: int) -> timedelta:
    """Doubling, with jitter, so that what failed together does not come back together."""
    longest = min(FIRST_WAIT * 2 ** max(attempts - 1, 0), LONGEST_WAIT)
    return longest * _random.uniform(0.5, 1)


def _ours(token: str, ids: Collection[int]) -> QuerySet[Delivery]:
    return Delivery.objects.waiting().filter(pk__in=ids, lease=token)


def _loaded(rows: QuerySet[Delivery]) -> list[Delivery]:
    too_old = Q(created_at__lte=Now() - Value(MAX_AGE))
    return list(rows.select_related("subscriber").annotate(too_old=too_old).order_by("priority", "pk"))


def _back_off(row: Delivery, reason: str, wait: timedelta, **fields) -> bool:
    if row.attempts >= MAX_ATTEMPTS or row.too_old:
        return _write(row, DeliveryState.FAILED, f"Given up: {reason}")
    return _write(row, DeliveryState.QUEUED, reason, visible_at=Now() + Value(wait), **fields)


def _fail(row: Delivery, failed: Failed) -> bool:
    with transaction.atomic():
        if failed.suppress:
            suppression = Suppression(channel=row.channel, address=row.subscriber.address, reason=failed.reason[:300])
            Suppression.objects.bulk_create([suppression], ignore_conflicts=True)
        return _write(row, DeliveryState.FAILED, failed.reason)


def _write(row: Delivery, state: DeliveryState, reason: str = "", **fields) -> bool:
    """Only while the lease that `row` was loaded under still stands."""
    return bool(_ours(row.lease, [row.pk]).update(state=state, reason=reason[:300], lease="", **fields))
