"""The retention: what is settled long enough is kept as counts; what was asked and never confirmed is deleted.

Nothing is sent or left out because of a row that is gone. An announcement is rolled up when nothing of its incident is
on its way any more, so nothing waits that a newer row could supersede; nobody is listed for it again
(Fanout.rolled_up_at), so nobody can be told twice because the first row is gone; who hears is asked of subscribers,
never of old deliveries.
"""

import time
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery

from incidents.enums import CLOSED
from incidents.models import Announcement, Message
from statuspage.lib import shutdown

from ..enums import FINAL
from ..models import (
    AffectedCustomer,
    Confirmation,
    Delivery,
    DeliveryCount,
    Fanout,
    IncomingMessage,
    SeenReport,
    Subscriber,
)
from ..models.delivery import skipped_for
from ..models.seen_report import REMEMBERED_FOR
from .refusals import ailing

BATCH = 5_000  # rows a transaction
_MESSAGES = 50  # the same, each with its deliveries
ASKED_IS_KEPT = timedelta(days=30)


class RolledUp(NamedTuple):
    """The result of one call of `roll_up_deliveries`. `is_over`: nothing is left to do."""

    deliveries: int
    confirmations: int
    messages: int  # that people wrote to us
    is_over: bool


def roll_up(at: datetime, *, seconds: float = float("inf")) -> RolledUp:
    """Turn deliveries older than settings.DELIVERY_RETENTION_DAYS into counts, forget as old messages that people wrote
    to us, and who never confirmed.

    May be killed, called again, and by several at once: each batch is one transaction in which its rows go and its
    counts rise. Ends after about `seconds`, or when this worker is told to end.
    """
    until = time.monotonic() + seconds

    def may_go_on() -> bool:
        return time.monotonic() < until and not shutdown.is_begun()

    deliveries = confirmations = 0
    for announcement_id in _to_fold(at):
        after = 0
        while may_go_on() and (batch := _fold_batch(announcement_id, after)):
            deliveries += batch.rows
            after = batch.last
    while may_go_on() and (gone := _forget_asked(at - ASKED_IS_KEPT)):
        confirmations += gone
    messages = _forget_messages(at) if may_go_on() else 0
    while may_go_on() and _forget_told(at):
        pass
    ailing.forget(at)
    SeenReport.objects.filter(seen_at__lte=at - REMEMBERED_FOR).delete()
    return RolledUp(deliveries, confirmations, messages, is_over=may_go_on())


def into_counts(rows: QuerySet[Delivery]) -> int:
    """Delete settled `rows` of announcements, which are locked, and raise their counts; in the caller's transaction."""
    kinds = ("announcement_id", "channel", "state", "possibly_doubled", "skipped_for")
    counted = rows.order_by().annotate(skipped_for=skipped_for()).values_list(*kinds).annotate(rows=Count("pk"))
    for announcement_id, channel, state, doubled, cause, number in sorted(counted):  # sorted: no two lock crosswise
        kind = {"channel": channel, "state": state, "cause": cause, "possibly_doubled": doubled}
        count, _ = DeliveryCount.objects.get_or_create(announcement_id=announcement_id, **kind, defaults={"number": 0})
        DeliveryCount.objects.filter(pk=count.pk).update(number=F("number") + number)
    ailing.heed(rows)
    deleted, _ = rows.delete()
    return deleted


def _to_fold(at: datetime) -> list[int]:
    """Announcements with rows to roll up: those begun before, and those whose time has come."""
    if not settings.DELIVERY_RETENTION_DAYS:
        return []
    before = at - timedelta(days=settings.DELIVERY_RETENTION_DAYS)
    for announcement_id in _ripe(before).values_list("pk", flat=True):
        with transaction.atomic():
            # Under the lock that also guards listing: what is listed meanwhile waits, and then it is not ripe.
            list(Fanout.objects.select_for_update().filter(announcement=announcement_id))
            if _ripe(before).filter(pk=announcement_id).exists():
                Fanout.objects.filter(announcement=announcement_id).update(rolled_up_at=at)
    rows = Delivery.objects.filter(announcement=OuterRef("announcement"), state__in=FINAL)
    begun = Fanout.objects.filter(Exists(rows), rolled_up_at__isnull=False)
    return list(begun.order_by("announcement").values_list("announcement", flat=True))


def _ripe(before: datetime) -> QuerySet[Announcement]:
    """Older than `before`, and nothing of its incident waits or is still to be listed.

    The newest of an open incident stays: support may yet send it to customers whom they link.
    """
    listed = Fanout.objects.filter(announcement=OuterRef("pk"), finished_at__isnull=False)
    siblings = Announcement.objects.filter(incident=OuterRef("incident"))
    waiting = Delivery.objects.waiting().filter(announcement__incident=OuterRef("incident"))
    newest = Subquery(siblings.order_by("-pk").values("pk")[:1])
    return Announcement.objects.filter(
        Exists(listed.filter(rolled_up_at=None)),
        ~Exists(siblings.filter(~Exists(listed))),
        ~Exists(waiting),
        Q(incident__status__in=CLOSED) | ~Q(pk=newest),
        created_at__lte=before,
    ).order_by("pk")


class _Batch(NamedTuple):
    rows: int
    last: int  # the last subscriber in it


@transaction.atomic
def _fold_batch(announcement_id: int, after: int) -> _Batch | None:
    rows = Delivery.objects.filter(announcement=announcement_id, state__in=FINAL, subscriber__gt=after)
    # In the order of the unique index, which holds both.
    rows = rows.order_by("subscriber_id").select_for_update(of=("self",))
    found = list(rows.values_list("pk", "subscriber_id")[:BATCH])
    if not found:
        return None
    return _Batch(into_counts(Delivery.objects.filter(pk__in_ids=[pk for pk, _ in found])), found[-1][1])


@transaction.atomic
def _forget_asked(before: datetime) -> int:
    """One batch of confirmations that came to nothing, and whoever is not known otherwise."""
    asked = Confirmation.objects.filter(confirmed_at=None, requested_at__lte=before).order_by("pk")
    found = dict(asked.select_for_update(of=("self",)).values_list("pk", "subscriber_id")[:BATCH])
    Delivery.objects.filter(confirmation__in=found).delete()
    Confirmation.objects.filter(pk__in=found).delete()
    known = [Exists(model.objects.filter(subscriber=OuterRef("pk"))) for model in (Confirmation, AffectedCustomer)]
    strangers = Subscriber.objects.filter(
        *(~one for one in known), pk__in=set(found.values()), confirmed_at=None, unsubscribed_at=None
    )
    locked = set(strangers.select_for_update(of=("self",), skip_locked=True).values_list("pk", flat=True))
    told = Delivery.objects.to(locked).values_list("subscriber_id", flat=True)
    Subscriber.objects.filter(pk__in=locked.difference(told)).delete()
    return len(found)


@transaction.atomic
def _forget_told(at: datetime) -> int:
    """One batch of messages that are no updates, once nothing of them waits: their deliveries, then themselves."""
    if not settings.DELIVERY_RETENTION_DAYS:
        return 0
    old = Message.objects.filter(send_at__lte=at - timedelta(days=settings.DELIVERY_RETENTION_DAYS))
    waiting = Delivery.objects.waiting().filter(message=OuterRef("pk"))
    found = list(old.filter(~Exists(waiting)).order_by("pk").values_list("pk", flat=True)[:_MESSAGES])
    rows = Delivery.objects.filter(message__in=found).order_by("pk")
    if batch := list(rows.values_list("pk", flat=True)[:BATCH]):
        return Delivery.objects.filter(pk__in_ids=batch).delete()[0]
    return Message.objects.filter(pk__in=found).delete()[0]


def is_forgotten(message: Message, at: datetime) -> bool:
    """Whether `message` is past the retention, so that its deliveries may be gone."""
    days = settings.DELIVERY_RETENTION_DAYS
    return bool(days) and message.send_at <= at - timedelta(days=days)


def _forget_messages(at: datetime) -> int:
    """Read or not: nobody answers what is so old, and it is somebody's words. So few an hour are kept that it is one
    batch."""
    if not settings.DELIVERY_RETENTION_DAYS:
        return 0
    before = at - timedelta(days=settings.DELIVERY_RETENTION_DAYS)
    return IncomingMessage.objects.filter(came_at__lte=before).delete()[0]
