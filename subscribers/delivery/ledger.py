"""The changes that may happen to the rows of the ledger, each one short transaction. All times are the database's."""

import json
import logging
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db import connection, transaction
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Now

from statuspage.lib.text import storable

from ..channels import Failed, Outcome, Sent, registry
from ..channels.verdicts import Verdict
from ..enums import URGENT, Channel, DeliveryCause, DeliveryState
from ..models import Delivery
from . import journal, pauses, suppressions
from .copies import fence, handed_over
from .journal import Mark
from .refusals import ailing, in_a_row
from .rows import Claim, ClaimedDelivery, columns, due_of_line, leased, read
from .waits import MAX_ATTEMPTS, wait_after

# Longer than the slowest hand-over of one message, shorter than anybody wants to wait after a crash.
LEASE = timedelta(minutes=3)
TOLD_WAIT_LIMITS = timedelta(seconds=1), timedelta(hours=1)
NO_WAIT = timedelta(0)

_log = logging.getLogger(__name__)


def claim(channel: Channel, limit: int, min_overdue: timedelta = NO_WAIT, is_probing: bool = False) -> Claim:
    """Take up to `limit` due rows, the most urgent first. No other claim gets them before the lease ends.

    `is_probing`: some of every announcement, or a text that is refused would hold up all others.

    For what was being sent when an earlier lease ran out, see `doubt`; where this machine knows better, it says so.
    """
    token = uuid4().hex
    with transaction.atomic():
        found = list(_take(channel, limit, min_overdue, token, is_probing))
        if found and not fence.advance():
            transaction.set_rollback(True)
            return Claim(token, [], [], 0)
        lost = [(row, was) for row, state, was in found if state == DeliveryState.SENDING]
        ours = [row for row, state, _ in found if state != DeliveryState.SENDING]
        leased().run(ids=[row.pk for row in ours], token=token, lease=LEASE)
        _resolve(lost)
    fresh: list[ClaimedDelivery] = []
    suspect: list[ClaimedDelivery] = []
    for row in ours:
        (suspect if row.possibly_doubled else fresh).append(row)
    return Claim(token, fresh, suspect, len(lost))


def _take(
    channel: Channel, limit: int, min_overdue: timedelta, token: str, is_probing: bool
) -> Iterator[tuple[ClaimedDelivery, str, str]]:
    """As `rows.read`, locked: line by line, so that what a pause holds back or others hold a lease on costs nothing."""
    lines = pauses.due_lines(channel, min_overdue)
    for line in lines:
        most = max(limit // 2, 1) if is_probing and line != lines[-1] else limit
        about = {"channel": channel, "priority": line[0], "announcement": line[1] or 0}
        found = due_of_line().rows(limit=most, min_overdue=min_overdue, **about)
        yield from read(found, token)
        limit -= len(found)
        if not limit:
            return


def recover() -> int:
    """Settle what dead processes of this machine left behind, as far as their journals tell; returns how many."""
    if fence.standing().is_closed:  # their journals tell `restored` what was handed over
        return 0
    number = 0
    for token, marks in journal.abandoned():
        with transaction.atomic():
            left = Delivery.objects.filter(
                pk__in_ids=marks, lease=token, state=DeliveryState.SENDING
            ).select_for_update(of=("self",))
            number += _resolve([(row, token) for row, _, _ in read(columns(left), token)], marks)
    return number


def _resolve(lost: Collection[tuple[ClaimedDelivery, str]], marks: dict[int, Mark] | None = None) -> int:
    """Rows that were being sent under another lease which is over: by what this machine noted, else in doubt."""
    known = {} if marks is None else {token: marks for _, token in lost}
    for row, was in lost:
        if was not in known:
            known[was] = journal.marks(was)
        row = row._replace(token=was, attempts=row.attempts - 1)
        match known[was].get(row.pk):
            case Mark.TAKEN:
                handed_over.note([row])
                settle(row, Sent(row.pk))
            case Mark.NOT_BEGUN | Mark.REFUSED:
                give_back([row])
            case _:
                doubt(row, DeliveryCause.LOST, wait=NO_WAIT)
    return len(lost)


def held(rows: Iterable[ClaimedDelivery]) -> QuerySet[Delivery]:
    """Return those of `rows` whose lease is still ours."""
    rows = list(rows)
    tokens = {row.token for row in rows}
    return Delivery.objects.filter(pk__in_ids=[row.pk for row in rows], lease__in=tokens, state=DeliveryState.SENDING)


def reported(rows: Iterable[ClaimedDelivery]) -> int:
    """How many of these a report from outside settled: it may be faster than we are."""
    states = (DeliveryState.DELIVERED, DeliveryState.BOUNCED)
    return Delivery.objects.filter(pk__in_ids=[row.pk for row in rows], state__in=states).count()


def skip(rows: Iterable[ClaimedDelivery], cause: DeliveryCause) -> int:
    """Settle rows that must not go out any more."""
    fields = {"state": DeliveryState.SKIPPED, "cause": cause, "reason": "", "lease": ""}
    return held(rows).update(attempts=F("attempts") - 1, **fields)


def give_back(rows: Iterable[ClaimedDelivery], *, wait: timedelta = NO_WAIT) -> int:
    """Return what was not attempted: due again after `wait`, and no attempt burnt."""
    if not (rows := list(rows)):  # mostly, at each check
        return 0
    fields = {"state": DeliveryState.QUEUED, "lease": "", "visible_at": Now() + Value(wait)}
    return held(rows).update(attempts=F("attempts") - 1, **fields)


def settle_all(ended: Sequence[tuple[ClaimedDelivery, Outcome]]) -> int:
    """Write down all of these, in the order in which they ended; returns how many are noted as refusals in a row.

    What was not ours any more is complained of, unless it was reported from outside.
    """
    sent = [(row, outcome) for row, outcome in ended if isinstance(outcome, Sent)]
    failed = [(row, outcome) for row, outcome in ended if isinstance(outcome, Failed)]
    handed_over.note(row for row, _ in sent)
    written = settle_sent(sent) if sent else 0
    refusals = 0
    if failed:
        with transaction.atomic():
            states = {row.pk: settle(row, outcome) for row, outcome in failed}
            suppressions.obey((row, outcome) for row, outcome in failed if outcome.suppress and states[row.pk])
            ailing.believe((row, outcome) for row, outcome in failed if states[row.pk] == DeliveryState.FAILED)
            refusals = in_a_row.note(ended, states)
        written += sum(1 for state in states.values() if state)
    missing = len(ended) - written
    if missing and (missing := missing - reported(row for row, _ in ended)) > 0:
        _log.error("%d deliveries were taken from us before we wrote down their end", missing)
    return refusals


def settle_sent(sent: Collection[tuple[ClaimedDelivery, Sent]]) -> int:
    """Write down at once that all these were taken; returns how many were still ours."""
    values = [(row.pk, row.token, storable(outcome.provider_id, 200)) for row, outcome in sent]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            taken = [{"id": pk, "lease": token, "said": said} for pk, token, said in values]
            cursor.execute(_SENT_AT_ONCE, [json.dumps(taken)])
            return int(cursor.rowcount)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(_SENT_EACH, [(provider_id, pk, token) for pk, token, provider_id in values])
        return int(cursor.rowcount)


_TABLE = Delivery._meta.db_table
_NOTHING_WRONG = "lease = '', cause = '', reason = ''"
_SENT = f"UPDATE {_TABLE} SET state = 'sent', sent_at = CURRENT_TIMESTAMP, {_NOTHING_WRONG}, provider_id = "  # noqa: S608  names of our own models
_SENT_EACH = f"{_SENT} %s WHERE id = %s AND lease = %s AND state = 'sending'"
# Not `state = 'sending'`: with statistics from before the fan-out, PostgreSQL would go through the index of all that
# waits each time, instead of looking up these few.
_SENT_AT_ONCE = (
    f"{_SENT} taken.said FROM json_to_recordset(%s) AS taken (id bigint, lease text, said text) "
    f"WHERE {_TABLE}.id = taken.id AND {_TABLE}.lease = taken.lease AND {_TABLE}.state || '' = 'sending'"
)


def settle(row: ClaimedDelivery, outcome: Outcome) -> DeliveryState | None:
    """Write down what became of one attempt: returns its state now, None when the row is no longer ours (its lease ran
    out)."""
    match outcome:
        case Sent():
            return DeliveryState.SENT if settle_sent([(row, outcome)]) else None
        case Failed(unknown=True):
            return doubt(row, DeliveryCause.IN_DOUBT, wait_after(row.attempts), outcome.reason)
        case Failed(verdict=Verdict.WE_ARE_REFUSED):
            return _put_back(row, outcome)
        case Failed(permanent=True):
            return _write(row, DeliveryState.FAILED, DeliveryCause.REFUSED, outcome.reason)
        case Failed(retry_after=None):
            return _back_off(row, DeliveryCause.PUT_OFF, outcome.reason, wait_after(row.attempts))
    # The provider's word is kept, within reason, and is nobody's failure.
    wait = _told(outcome.retry_after)
    return _back_off(row, DeliveryCause.TOLD_TO_WAIT, outcome.reason, wait, attempts=row.attempts - 1)


def _put_back(row: ClaimedDelivery, refused: Failed) -> DeliveryState | None:
    """Queue `row` again after a refusal that speaks of us and counts as no attempt. `refused_before` goes up, or a
    gateway that knows attempts by their number would repeat its answer."""
    wait = wait_after(row.refusals + 1) if refused.retry_after is None else _told(refused.retry_after)
    fields = {"attempts": row.attempts - 1, "refused_before": row.refused_before + 1}
    return _back_off(row, DeliveryCause.WE_ARE_REFUSED, refused.reason, wait, **fields)


def _told(wait: timedelta | None) -> timedelta:
    shortest, longest = TOLD_WAIT_LIMITS
    return min(max(wait or shortest, shortest), longest)


def doubt(row: ClaimedDelivery, cause: DeliveryCause, wait: timedelta, reason: str = "") -> DeliveryState | None:
    """Write that it may have gone out or not. Whether it goes again its channel says."""
    channel, is_urgent = registry.of(row.channel), row.priority <= URGENT
    if not channel.goes_again(is_urgent=is_urgent, is_repeated=row.possibly_doubled):
        return _write(row, DeliveryState.UNKNOWN, cause, reason)
    return _back_off(row, cause, reason, wait, possibly_doubled=True)


def doubt_all(rows: Iterable[ClaimedDelivery]) -> None:
    """Mark these as in doubt: nobody will ever know what became of them."""
    for row in rows:
        doubt(row, DeliveryCause.IN_DOUBT, wait_after(row.attempts))


def _back_off(
    row: ClaimedDelivery, cause: DeliveryCause, reason: str, wait: timedelta, **fields: Any
) -> DeliveryState | None:
    if fields.get("attempts", row.attempts) >= MAX_ATTEMPTS or row.is_too_old:
        return _write(row, DeliveryState.FAILED, DeliveryCause.GIVEN_UP, reason)
    return _write(row, DeliveryState.QUEUED, cause, reason, visible_at=Now() + Value(wait), **fields)


def _write(
    row: ClaimedDelivery, state: DeliveryState, cause: DeliveryCause, reason: str, **fields: Any
) -> DeliveryState | None:
    """Write `state` and return it; None where the lease that `row` was read under is over, and nothing is written."""
    written = held([row]).update(state=state, cause=cause, reason=storable(reason, 300), lease="", **fields)
    return state if written else None
