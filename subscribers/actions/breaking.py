"""The circuit breaker of each channel's provider: what is down is looked at now and then, not hammered.

Waiting for it burns no attempt. It is a row, so that all workers on all machines leave the provider alone together.
"""

import logging
import random
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Now

from incidents.models import AuditEvent
from statuspage.lib.text import storable

from ..channels import Failed, Outcome, Sent
from ..enums import Channel
from ..models import Breaker
from ..signals import queued

FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(minutes=1)
LONGEST_TOLD = timedelta(hours=1)
FORGOTTEN_AFTER = timedelta(minutes=10)  # without a look, though there was time for many
GENERAL_FAILURES = 20  # in a row, that speak of the provider: it is down, though it answers
PROBE = 5  # rows that are tried when the wait is over; the first that shows it at work closes the breaker

_log = logging.getLogger(__name__)
_random = random.SystemRandom()


@transaction.atomic
def trip(channel: Channel, reason: str, *, told: timedelta | None = None) -> None:
    """The provider takes nothing now: leave it alone, longer each time, or for as long as it `told` us.

    Several workers that find it down at the same time count as one.
    """
    until = Now() + Value(min(told, LONGEST_TOLD) if told else FIRST_WAIT)
    breaker, is_new = Breaker.objects.select_for_update().get_or_create(
        channel=channel, defaults={"reason": storable(reason, 300), "open_until": until}
    )
    if is_new:
        _log.warning("%s is left alone: %s", channel, reason)
        return
    is_known = Breaker.objects.open().filter(pk=breaker.pk).exists()
    if told or not is_known:
        wait = min(FIRST_WAIT * 2 ** min(breaker.failures, 10), LONGEST_WAIT) * _random.uniform(0.8, 1)
        breaker.failures += not is_known
        breaker.reason = storable(reason, 300)
        breaker.open_until = Now() + Value(min(told, LONGEST_TOLD) if told else wait)
        breaker.save()


class Watch:
    """What the outcomes of one shift say of the provider as a whole. `is_probing`: it was down, and we are the first
    to look again."""

    def __init__(self, channel: Channel, *, is_probing: bool):
        self.channel, self.is_probing = channel, is_probing
        self._failures = 0  # in a row

    def weigh(self, outcomes: Iterable[Outcome]) -> bool:
        """Whether it is to be left alone now; that is written down, once, however many said so together."""
        trip_for: Failed | None = None
        for outcome in outcomes:
            if isinstance(outcome, Sent) or outcome.suppress:  # who knows that nobody is there does its work
                self._failures = 0
                if self.is_probing:
                    self.is_probing = False
                    close(self.channel)
            elif outcome.retry_after or outcome.is_general:
                self._failures += 1
                is_down = self._failures >= (1 if self.is_probing else GENERAL_FAILURES)
                if outcome.retry_after or is_down:
                    trip_for = outcome
        if trip_for:
            trip(self.channel, trip_for.reason, told=trip_for.retry_after)
        return trip_for is not None


def close(channel: Channel) -> None:
    """It took something: back to work."""
    if Breaker.objects.filter(channel=channel).delete()[0]:
        _log.warning("%s is back", channel)


@transaction.atomic
def look_now(*, channel: Channel, by, at: datetime) -> bool:
    """Somebody knows that it is back, or thinks so: the next look is due now. False where nobody leaves it alone.

    It stays "down" until it takes something, so that a mistake costs PROBE tries and not a stampede.
    """
    breaker = Breaker.objects.select_for_update().open().filter(channel=channel).first()
    if breaker is None:
        return False
    Breaker.objects.filter(pk=breaker.pk).update(open_until=Now())
    AuditEvent.record("tried provider now", breaker, by=by, at=at, failures=breaker.failures)
    queued.send(Breaker, channel=channel)
    return True


def failures(channel: Channel) -> int | None:
    """How often in a row the provider was found down; None while it is to be left alone."""
    found = Breaker.objects.filter(channel=channel)
    if Breaker.objects.open().filter(channel=channel).exists():
        return None
    return found.values_list("failures", flat=True).first() or 0


def closed_channels() -> list[Channel]:
    """The channels whose provider is not to be left alone now.

    Where nothing was due for so long that nobody looked again, nobody knows any more that it is down: forgotten.
    """
    Breaker.objects.filter(open_until__lt=Now() - Value(FORGOTTEN_AFTER)).delete()
    open_ones = set(Breaker.objects.open().values_list("channel", flat=True))
    return [channel for channel in Channel if channel not in open_ones]
