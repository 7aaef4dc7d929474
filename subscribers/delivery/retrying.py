"""A person says: try these again. Final failures go back into the queue, as if they had never been tried."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import Case, Count, F, Q, Value, When
from django.db.models.functions import Greatest, Now

from incidents.audit_verbs import AuditVerb
from incidents.models import Actor, Announcement, AuditEvent, Site

from .. import offering
from ..enums import FAILURES, Channel, DeliveryState, NotRetried
from ..models import Delivery
from ..signals import deliveries_due
from .failures import Choice

# News of yesterday helps nobody, and looks like news.
YOUNG = timedelta(days=1)
# It may have arrived, or was handed over once already: a second copy would be one too many.
_MAY_DOUBLE = (DeliveryState.UNKNOWN, DeliveryState.BOUNCED)
# So that `refusals`, and with it the name under which a gateway knows an attempt, goes on: it is the same again only
# for an attempt whose outcome nobody knows. One attempt of what may be doubled does not count as refused.
_REFUSED_BEFORE = Greatest(
    F("refused_before")
    + F("attempts")
    + Case(
        When(state=DeliveryState.UNKNOWN, possibly_doubled=True, then=Value(-1)),
        When(state=DeliveryState.BOUNCED, possibly_doubled=False, then=Value(1)),
        default=Value(0),
    ),
    Value(0),
)


class Left(NamedTuple):
    """A number of failures that stay as they are, and why. `channel`: the one that is not offered."""

    why: NotRetried
    number: int
    channel: Channel | None = None


@dataclass(frozen=True, kw_only=True)
class Retried:
    """The result of trying a choice again: how many are queued again, and what stays as it is."""

    queued: int
    left: list[Left]


@transaction.atomic
def retry(*, choice: Choice, by: Actor, at: datetime) -> Retried:
    """Queue the failures of `choice` again: no attempt counted, due now. Those of recalled announcements, of channels
    that are not offered, and those older than YOUNG stay. Whoever unsubscribed, is suppressed or has newer news is left
    out at the send, as ever.
    """
    chosen = choice.rows(at=at)
    left = left_as_they_are(choice, at=at)
    allowed = chosen.filter(_allowed(at))
    per_announcement = Counter(dict(allowed.order_by().values_list("announcement").annotate(Count("pk"))))
    of_messages = allowed.filter(message__isnull=False).count()
    channels = list(allowed.order_by().values_list("channel", flat=True).distinct())
    number = Delivery.objects.filter(pk__in=allowed.values("pk"), state__in=FAILURES).update(
        possibly_doubled=Case(When(state__in=_MAY_DOUBLE, then=Value(True)), default=F("possibly_doubled")),
        state=DeliveryState.QUEUED,
        refused_before=_REFUSED_BEFORE,
        attempts=0,
        cause="",
        reason="",
        lease="",
        sent_at=None,
        visible_at=Now(),
    )
    if number:
        _record(per_announcement, of_messages, choice, by, at)
        for channel in channels:
            deliveries_due.send(Delivery, channel=channel)
    return Retried(queued=number, left=left)


def left_as_they_are(choice: Choice, *, at: datetime) -> list[Left]:
    """Return which of the chosen failures stay as they are."""
    chosen = choice.rows(at=at)
    counted = [
        Left(NotRetried.RECALLED, chosen.filter(_recalled()).count()),
        Left(NotRetried.OLD, chosen.filter(~_recalled(), created_at__lte=at - YOUNG).count()),
    ]
    for channel in offering.missing():
        young = chosen.filter(~_recalled(), channel=channel, created_at__gt=at - YOUNG)
        counted.append(Left(NotRetried.NOT_OFFERED, young.count(), channel))
    return [left for left in counted if left.number]


def _recalled() -> Q:
    return Q(announcement__recall__isnull=False) | Q(message__withdrawn_at__isnull=False)


def _allowed(at: datetime) -> Q:
    is_live = Q(announcement__recall=None, message__withdrawn_at=None)
    return is_live & Q(created_at__gt=at - YOUNG, channel__in=offering.offered())


def _record(per_announcement: Counter[int | None], of_messages: int, choice: Choice, by: Actor, at: datetime) -> None:
    """One event for each announcement; confirmations and messages belong to none, so theirs is about the site."""
    about = Announcement.objects.select_related("incident").in_bulk([pk for pk in per_announcement if pk])
    for pk, announcement in about.items():
        AuditEvent.record(
            AuditVerb.RETRIED_DELIVERIES,
            announcement.incident,
            by=by,
            at=at,
            announcement=announcement.public_id,
            deliveries=per_announcement[pk],
            chosen=choice.query(),
        )
    others = {
        AuditVerb.RETRIED_CONFIRMATIONS: per_announcement[None] - of_messages,
        AuditVerb.RETRIED_MESSAGES: of_messages,
    }
    for verb, number in others.items():
        if number:
            AuditEvent.record(verb, Site.load(), by=by, at=at, deliveries=number, chosen=choice.query())
