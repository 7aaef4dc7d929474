"""The circuit breaker of each channel's provider: what is down is looked at now and then, not hammered.

Waiting for it burns no attempt. It is a row, so that all workers on all machines leave the provider alone together.
"""

import logging
import random
from datetime import datetime, timedelta
from functools import cache

from django.db import transaction
from django.db.models import CharField, Q, Value
from django.db.models.functions import Now

from incidents.audit_verbs import AuditVerb
from incidents.models import Actor, AuditEvent
from statuspage.lib.prepared import Prepared, Slot
from statuspage.lib.text import storable

from ..channels import Refused, Unavailable
from ..enums import Channel, DeliveryState
from ..models import Breaker, Delivery, Refusal
from ..signals import deliveries_due

FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(minutes=1)
LONGEST_TOLD = timedelta(hours=1)
FORGOTTEN_AFTER = timedelta(minutes=10)  # without a look, though there was time for many
PROBE = 5  # rows that are tried when the wait is over; the first that shows it at work closes the breaker

_log = logging.getLogger(__name__)
_random = random.SystemRandom()


@transaction.atomic
def trip(channel: Channel, reason: str, *, told: timedelta | None = None, is_refusal: bool = False) -> None:
    """The provider takes nothing now: leave it alone, longer each time, or for as long as it `told` us. `is_refusal`:
    it answers, and there is something to mend.

    Several workers that find it down at the same time count as one.
    """
    until = Now() + Value(min(told, LONGEST_TOLD) if told else FIRST_WAIT)
    breaker, is_new = Breaker.objects.select_for_update().get_or_create(
        channel=channel, defaults={"reason": storable(reason, 300), "is_refusal": is_refusal, "open_until": until}
    )
    if is_new:
        _log.warning("%s", breaker)
        return
    is_known = Breaker.objects.open().filter(pk=breaker.pk).exists()
    if told or not is_known:
        wait = min(FIRST_WAIT * 2 ** min(breaker.failures, 10), LONGEST_WAIT) * _random.uniform(0.8, 1)
        breaker.failures += not is_known
        breaker.reason, breaker.is_refusal = storable(reason, 300), is_refusal
        breaker.open_until = Now() + Value(min(told, LONGEST_TOLD) if told else wait)
        breaker.save()


def leave_alone(channel: Channel, trouble: Unavailable) -> None:
    """The same, where the channel says so itself."""
    trip(channel, str(trouble), is_refusal=isinstance(trouble, Refused))


@transaction.atomic
def close(channel: Channel) -> None:
    """Close the breaker of a provider that took something: back to work, at once for whatever waits because of it."""
    if Breaker.objects.filter(channel=channel).delete()[0]:
        _log.warning("%s is back", channel)
        _make_due(channel)
        deliveries_due.send(Breaker, channel=channel)


def _make_due(channel: Channel) -> None:
    refused = Delivery.objects.waiting().filter(pk__in=Refusal.objects.filter(channel=channel).values("delivery"))
    refused.filter(state=DeliveryState.QUEUED, visible_at__gt=Now()).update(visible_at=Now())


@transaction.atomic
def probe_now(*, channel: Channel, by: Actor, at: datetime) -> bool:
    """Let the next look be due now: somebody knows that the provider is back, or thinks so. False where nobody leaves
    it alone.

    It stays "down" until it takes something, so that a mistake costs PROBE tries and not a stampede.
    """
    breaker = Breaker.objects.select_for_update().open().filter(channel=channel).first()
    if breaker is None:
        return False
    Breaker.objects.filter(pk=breaker.pk).update(open_until=Now())
    _make_due(channel)
    AuditEvent.record(AuditVerb.TRIED_PROVIDER, breaker, by=by, at=at, failures=breaker.failures)
    deliveries_due.send(Breaker, channel=channel)
    return True


def failures(channel: Channel) -> int | None:
    """How often in a row the provider was found down; None while it is to be left alone."""
    for number, is_open in _failures().rows(channel=channel):
        return None if is_open else int(number)
    return 0


@cache
def _failures() -> Prepared:
    found = Breaker.objects.filter(channel=Slot("channel", CharField()))
    return Prepared(found.annotate(is_open=Q(open_until__gt=Now())).values_list("failures", "is_open"))


def closed_channels() -> list[Channel]:
    """The channels whose provider is not to be left alone now.

    Where nothing was due for so long that nobody looked again, nobody knows any more that it is down: forgotten.
    """
    Breaker.objects.filter(open_until__lt=Now() - Value(FORGOTTEN_AFTER)).delete()
    open_ones = set(Breaker.objects.open().values_list("channel", flat=True))
    return [channel for channel in Channel if channel not in open_ones]
