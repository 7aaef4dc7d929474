"""The reports of providers on messages that they took, written into the ledger.

Reports come twice, late and in any order; each door has made sure who speaks.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from statuspage.lib.text import storable

from ..addresses import Address
from ..channels.reports import Event, Report
from ..channels.verdicts import Verdict
from ..enums import Channel, DeliveryCause, DeliveryState, RecipientKind, SuppressionCause, SuppressionSource
from ..models import Delivery, SeenReport, Subscriber
from .refusals import ailing, bounces
from .suppressions import suppress

_LARGEST_KEY = 2**63 - 1
_LONGEST_REASON = 300


@transaction.atomic
def receive(report: Report, *, at: datetime) -> bool:
    """Write down what `report` says; False where it changes nothing: told before, overtaken, or of no row of ours."""
    if report.delivery_id > _LARGEST_KEY:
        return False
    report = report._replace(
        reason=storable(report.reason, _LONGEST_REASON), provider_id=storable(report.provider_id, 200)
    )
    rows = Delivery.objects.select_related("subscriber", "contact").select_for_update(of=("self",))
    if (row := rows.filter(pk=report.delivery_id).first()) is None:
        return False
    # By the provider's own number: after a person tried again, the next bounce comes under another one.
    names = (row.channel, str(row.pk), report.event.name, report.provider_id)
    is_numbered = report.event in _ACTING and report.provider_id
    if is_numbered and SeenReport.objects.is_known(*names):
        return False
    is_new = _HEARD[report.event](row, report, at)
    if is_new and is_numbered:
        SeenReport.objects.remember(*names, at=at)
    return is_new


def _delivered(row: Delivery, report: Report, at: datetime) -> bool:
    # One that waits for another attempt, its outcome unknown, has its answer: no second copy.
    if not _is_out(row) and not (row.state == DeliveryState.QUEUED and row.possibly_doubled):
        return False
    return _write(row, DeliveryState.DELIVERED, report, sent_at=row.sent_at or at)


def _delayed(row: Delivery, report: Report, at: datetime) -> bool:
    told = DeliveryCause.DELAYED, report.reason
    if row.state != DeliveryState.SENT or row.cause == DeliveryCause.COMPLAINED or (row.cause, row.reason) == told:
        return False
    _say(row, *told)
    return True


def _came_back(row: Delivery, report: Report, at: datetime) -> bool:
    """Write a bounce or a failure down, also after "delivered", for some mail servers think again; never the other way
    round."""
    is_doubted = row.state == DeliveryState.QUEUED and row.possibly_doubled and row.attempts
    if not _is_out(row) and row.state != DeliveryState.DELIVERED and not is_doubted:
        return False
    state = DeliveryState.BOUNCED if report.event is Event.BOUNCED else DeliveryState.FAILED
    _write(row, state, report)
    if report.suppress:
        _suppress(row, _CAUSES[report.verdict], at, report.reason)
        if report.verdict is Verdict.ADDRESS_DEAD:
            bounces.doubt(row, at=at)
    if report.verdict is Verdict.ADDRESS_UNWELL and row.subscriber:
        whose = Address(Channel(row.channel), row.subscriber.address)
        ailing.note({whose: report.reason}, source=SuppressionSource.REPORT, at=at)
    return True


def _complained(row: Delivery, report: Report, at: datetime) -> bool:
    if row.cause == DeliveryCause.COMPLAINED:
        return False
    _suppress(row, SuppressionCause.COMPLAINED, at)
    _say(row, DeliveryCause.COMPLAINED)
    return True


def _say(row: Delivery, cause: DeliveryCause, reason: str = "") -> None:
    """Write `cause` and `reason` into a row that keeps its state."""
    Delivery.objects.filter(pk=row.pk).update(cause=cause, reason=reason)


def _unsubscribed(row: Delivery, report: Report, at: datetime) -> bool:
    """Unsubscribe the recipient, unless the owner asked for notices again since: an old report is no new wish."""
    theirs = Q(confirmed_at=None) | Q(confirmed_at__lte=row.created_at)
    found = Subscriber.objects.filter(theirs, pk=row.subscriber_id or 0, unsubscribed_at=None)
    return bool(found.update(unsubscribed_at=at))


_HEARD = {
    Event.DELIVERED: _delivered,
    Event.DELAYED: _delayed,
    Event.BOUNCED: _came_back,
    Event.FAILED: _came_back,
    Event.COMPLAINED: _complained,
    Event.UNSUBSCRIBED: _unsubscribed,
}

_CAUSES = {Verdict.ADDRESS_DEAD: SuppressionCause.REFUSED, Verdict.OWNER_STOPPED: SuppressionCause.STOPPED}
_ACTING = frozenset({Event.BOUNCED, Event.FAILED, Event.COMPLAINED, Event.UNSUBSCRIBED})  # on a person


def _is_out(row: Delivery) -> bool:
    """Return whether the row is with the provider, as far as we know. A report may be faster than our own note that it
    was taken."""
    return row.state in (DeliveryState.SENDING, DeliveryState.SENT, DeliveryState.UNKNOWN)


def _write(row: Delivery, state: DeliveryState, report: Report, **fields: object) -> bool:
    values = {"state": state, "lease": "", "provider_id": report.provider_id or row.provider_id, **fields}
    is_there = state == DeliveryState.DELIVERED
    values |= {"cause": "", "reason": ""} if is_there else {"cause": DeliveryCause.RETURNED, "reason": report.reason}
    Delivery.objects.filter(pk=row.pk).update(**values)
    return True


def _suppress(row: Delivery, cause: SuppressionCause, at: datetime, reason: str = "") -> None:
    """The address that we wrote to: what a report names is no reason to silence somebody else. Nobody of the staff."""
    if row.contact and row.contact.kind == RecipientKind.STAFF:
        return
    suppress(
        channel=Channel(row.channel),
        address=row.recipient.address,
        cause=cause,
        reason=reason,
        source=SuppressionSource.REPORT,
        at=at,
    )
