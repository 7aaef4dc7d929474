"""Addresses that must not be written to: made so by a report from outside, within limits, and lifted by a person."""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

from incidents.models import AuditEvent

from ..enums import Channel, Witness
from ..models import HeldSuppression, Suppression

logger = logging.getLogger(__name__)
_HOUR = timedelta(hours=1)
_LOCK = 7_203_401  # an advisory lock of PostgreSQL; SQLite has one writer anyway


@transaction.atomic
def suppress(*, channel: Channel, address: str, reason: str, witness: Witness, at: datetime) -> bool:
    """Never write to `address` again, on the word of `witness`. A second time changes nothing.

    False where it is only held for a person: SUPPRESSIONS_PER_HOUR of the same witness came within the hour, and who
    got hold of a provider's secret must not silence the list. But what the owner says counts at once, whoever may have
    forged it: to go on writing after a STOP is against the law in many places, and a START takes it back.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:  # or a hundred reports at once would all count the same
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    if Suppression.objects.filter(channel=channel, address=address).exists():
        return True
    values = {"channel": channel, "address": address, "reason": reason[:300], "witness": witness}
    lately = Suppression.objects.filter(witness=witness, created_at__gt=at - _HOUR).count()
    if witness == Witness.OWNER or lately < settings.SUPPRESSIONS_PER_HOUR:
        Suppression.objects.create(created_at=at, **values)
        return True
    if not HeldSuppression.objects.filter(held_at__gt=at - _HOUR).exists():
        logger.error(
            "%d addresses were suppressed within an hour by reports; more are held until a person looks at them "
            "(admin, Held suppressions)",
            lately,
        )
    held = HeldSuppression(held_at=at, **values)
    HeldSuppression.objects.bulk_create([held], ignore_conflicts=True)
    return False


@transaction.atomic
def lift(*, suppression: Suppression, by, at: datetime) -> bool:
    """A person says: write to it again. What its owner had asked for counts again, and nothing more: who unsubscribed
    stays so. False when somebody else lifted it before."""
    return _decide("lifted suppression", suppression, by, at)


@transaction.atomic
def accept(*, held: HeldSuppression, by, at: datetime) -> bool:
    """A person says: the report is right. False when somebody else decided before."""
    if not _decide("accepted held suppression", held, by, at):
        return False
    suppression = Suppression(
        channel=held.channel, address=held.address, reason=held.reason, witness=held.witness, created_at=held.held_at
    )
    Suppression.objects.bulk_create([suppression], ignore_conflicts=True)
    return True


@transaction.atomic
def dismiss(*, held: HeldSuppression, by, at: datetime) -> bool:
    """A person says: do not believe it. False when somebody else decided before."""
    return _decide("dismissed held suppression", held, by, at)


def _decide(action: str, what: Suppression | HeldSuppression, by, at: datetime) -> bool:
    """Take it away, and say who did."""
    if not type(what).objects.filter(pk=what.pk).delete()[0]:
        return False
    AuditEvent.record(action, what, by=by, at=at, channel=what.channel)
    return True
