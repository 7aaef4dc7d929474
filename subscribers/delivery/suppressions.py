"""Addresses that must not be written to: made so by what a provider says, within limits, and lifted by a person."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from incidents.audit_verbs import AuditVerb
from incidents.models import Actor, AuditEvent
from statuspage.lib.text import storable

from ..channels import Failed
from ..channels.verdicts import Verdict
from ..enums import Channel, SuppressionCause, SuppressionSource
from ..models import Delivery, HeldSuppression, Suppression
from .rows import ClaimedDelivery

logger = logging.getLogger(__name__)
_HOUR = timedelta(hours=1)
_LOCK = 7_203_401  # an advisory lock of PostgreSQL; SQLite has one writer anyway


def suppress(
    *,
    channel: Channel,
    address: str,
    cause: SuppressionCause,
    source: SuppressionSource,
    at: datetime,
    reason: str = "",
) -> bool:
    """Suppress one address as `suppress_all` does; return False where it is only held."""
    return not suppress_all(channel=channel, reasons={address: reason}, cause=cause, source=source, at=at)


@transaction.atomic
def suppress_all(
    *,
    channel: Channel,
    reasons: Mapping[str, str],
    cause: SuppressionCause,
    source: SuppressionSource,
    at: datetime,
) -> int:
    """Suppress these addresses for `cause`, on the word of `source`. `reasons`: what the provider said of each, or
    nothing. A second time changes nothing.

    Returns how many are only held for a person: SUPPRESSIONS_PER_HOUR of the same source came within the hour. Neither
    who got hold of a provider's secret nor a relay that lost its list of users must silence the list. But what the
    owner says counts at once, whoever may have forged it: to go on writing after a STOP is against the law in many
    places, and a START takes it back.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:  # or a hundred reports at once would all count the same
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    theirs = Suppression.objects.filter(channel=channel, address__in=list(reasons))
    known = set(theirs.values_list("address", flat=True))
    new = [address for address in reasons if address not in known]
    room = len(new) if source == SuppressionSource.OWNER else _room(source, at)
    about = {"channel": channel, "cause": cause, "source": source}
    values = [about | {"address": address, "reason": storable(reasons[address], 300)} for address in new]
    counted = [Suppression(created_at=at, **one) for one in values[:room]]
    Suppression.objects.bulk_create(counted, ignore_conflicts=True)
    _hold(values[room:], at)
    return len(values[room:])


@transaction.atomic
def doubt_all(*, channel: Channel, addresses: "QuerySet[Delivery, Any]", since: datetime, at: datetime) -> None:
    """Hold for a person what was reported of these addresses after `since`; until then it suppresses nobody."""
    found = Suppression.objects.filter(channel=channel, source=SuppressionSource.REPORT, created_at__gte=since)
    found = found.filter(address__in=addresses)
    _hold(list(found.values("channel", "address", "cause", "reason", "source")), at)
    found.delete()


def _room(source: SuppressionSource, at: datetime) -> int:
    """How many more of the hour count at once."""
    lately = Suppression.objects.filter(source=source, created_at__gt=at - _HOUR).count()
    return max(settings.SUPPRESSIONS_PER_HOUR - lately, 0)


def _hold(values: Sequence[Mapping[str, Any]], at: datetime) -> None:
    if not values:
        return
    if not HeldSuppression.objects.filter(held_at__gt=at - _HOUR).exists():
        logger.error(
            "More addresses were to be suppressed than are believed (%d within an hour, and never nearly all of an "
            "audience); they are held until a person looks at them (admin, Held suppressions)",
            settings.SUPPRESSIONS_PER_HOUR,
        )
    HeldSuppression.objects.bulk_create((HeldSuppression(held_at=at, **one) for one in values), ignore_conflicts=True)


def obey(failed: Iterable[tuple[ClaimedDelivery, Failed]]) -> None:
    """Suppress whoever had asked for it, as the provider says when it is handed something. For other words see
    `deaths`.

    Of staff nobody is suppressed: who has to act is told, and sees on every screen where no address works.
    """
    reasons: dict[Channel, dict[str, str]] = {}
    for row, outcome in failed:
        if outcome.verdict is Verdict.OWNER_STOPPED and not row.recipient.is_staff:
            reasons.setdefault(Channel(row.channel), {})[row.recipient.address] = outcome.reason
    for channel, theirs in reasons.items():
        cause, source = SuppressionCause.STOPPED, SuppressionSource.REPLY
        suppress_all(channel=channel, reasons=theirs, cause=cause, source=source, at=timezone.now())


@transaction.atomic
def lift(*, suppression: Suppression, by: Actor, at: datetime) -> bool:
    """A person says: write to it again. What its owner had asked for counts again, and nothing more: who unsubscribed
    stays so. False when somebody else lifted it before."""
    return _decide(AuditVerb.LIFTED_SUPPRESSION, suppression, by, at)


@transaction.atomic
def accept(*, held: HeldSuppression, by: Actor, at: datetime) -> bool:
    """A person says: the report is right. False when somebody else decided before."""
    if not _decide(AuditVerb.ACCEPTED_HELD_SUPPRESSION, held, by, at):
        return False
    kept = {name: getattr(held, name) for name in ("channel", "address", "cause", "reason", "source")}
    suppression = Suppression(**kept, created_at=held.held_at)
    Suppression.objects.bulk_create([suppression], ignore_conflicts=True)
    return True


@transaction.atomic
def dismiss(*, held: HeldSuppression, by: Actor, at: datetime) -> bool:
    """A person says: do not believe it. False when somebody else decided before."""
    return _decide(AuditVerb.DISMISSED_HELD_SUPPRESSION, held, by, at)


def _decide(action: AuditVerb, what: Suppression | HeldSuppression, by: Actor, at: datetime) -> bool:
    """Take it away, and say who did."""
    if not type(what).objects.filter(pk=what.pk).delete()[0]:
        return False
    AuditEvent.record(action, what, by=by, at=at, channel=what.channel)
    return True
