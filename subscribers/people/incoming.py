"""Messages that no rule of ours understands are kept for a person, within limits, until somebody marks them as done.

Each door has made sure who speaks. But a gateway passes on what anybody writes, so the table is bounded: beyond
AN_HOUR, OF_ONE_AN_HOUR from one sender, or OPEN in all, messages are only counted, on the last that was kept.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet

from incidents.audit_verbs import AuditVerb
from incidents.models import Actor, AuditEvent
from statuspage.lib.text import storable, without_marks

from ..enums import Channel
from ..models import IncomingMessage
from ..models.incoming import TEXT_LENGTH

AN_HOUR, OF_ONE_AN_HOUR, OPEN = 200, 10, 10_000
_HOUR = timedelta(hours=1)
_LONGEST_SENDER = 100
_log = logging.getLogger(__name__)


@transaction.atomic
def keep(*, channel: Channel, address: str, text: str, provider_id: str, at: datetime) -> bool:
    """Keep what `address` wrote; False where it is known by its `provider_id`, or only counted."""
    address, provider_id = _cleaned(address, _LONGEST_SENDER), storable(provider_id, 200)
    if provider_id and IncomingMessage.objects.filter(channel=channel, provider_id=provider_id).exists():
        return False
    lately = IncomingMessage.objects.filter(came_at__gt=at - _HOUR)
    theirs = lately.filter(channel=channel, address=address)
    if _is_full(theirs, OF_ONE_AN_HOUR) or _is_full(lately, AN_HOUR) or _is_full(IncomingMessage.objects.open(), OPEN):
        return False
    values = {"channel": channel, "address": address, "text": _cleaned(text, TEXT_LENGTH), "came_at": at}
    message = IncomingMessage(provider_id=provider_id, **values)
    IncomingMessage.objects.bulk_create([message], ignore_conflicts=True)
    return True


def _is_full(rows: QuerySet[IncomingMessage], most: int) -> bool:
    """Whether there are `most` of these; then one more is counted."""
    if rows.count() < most:
        return False
    last = rows.latest("pk")
    if not last.more:
        _log.error(
            "More than %d incoming messages: those beyond are counted and not kept (admin, Incoming messages)", most
        )
    IncomingMessage.objects.filter(pk=last.pk).update(more=F("more") + 1)
    return True


def _cleaned(text: str, longest: int) -> str:
    """Fit for the database and for a screen: without what turns the words around it."""
    return without_marks(storable(text, longest)).strip()


@transaction.atomic
def finish(*, message: IncomingMessage, by: Actor, at: datetime) -> bool:
    """A person has read it and done what there was to do. False when somebody else did before."""
    if not IncomingMessage.objects.open().filter(pk=message.pk).update(done_at=at, done_by=by):
        return False
    AuditEvent.record(AuditVerb.FINISHED_INCOMING, message, by=by, at=at)
    return True


@transaction.atomic
def reopen(*, message: IncomingMessage, by: Actor, at: datetime) -> bool:
    """Open a message again: somebody has to look at it once more. False when it is open."""
    if not IncomingMessage.objects.filter(pk=message.pk, done_at__isnull=False).update(done_at=None, done_by=None):
        return False
    AuditEvent.record(AuditVerb.REOPENED_INCOMING, message, by=by, at=at)
    return True
