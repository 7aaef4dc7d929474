"""Stop switches: what they hold back waits, burns no attempt and is not skipped; released, it goes out."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from incidents.actions.wording import reason_of
from incidents.enums import AuditVerb
from incidents.models import Actor, Announcement, AuditEvent

from ..enums import Channel
from ..models import Delivery, Stop
from ..signals import queued
from .copies import fence


def stop(*, reason: str, by: Actor, at: datetime, channel: str = "", announcement: Announcement | None = None) -> Stop:
    """Hold back what waits: of a channel, of an announcement, of both, or everything. What is in flight still goes.

    Stopped already: returns the stop that is there. Raises ValidationError (by field) for a `reason` that says nothing.
    """
    reason = reason_of(reason, empty="Say in a few words why; whoever releases it will want to know.")
    scope = {"channel": channel, "announcement": announcement}
    try:
        with transaction.atomic():
            if earlier := Stop.objects.open().filter(**scope).first():
                return earlier
            made = Stop.objects.create(reason=reason, stopped_at=at, stopped_by=by, **scope)
            AuditEvent.record(AuditVerb.STOPPED_DELIVERIES, made, by=by, at=at, reason=reason)
            return made
    except IntegrityError:  # somebody else pressed the same button
        return Stop.objects.open().get(**scope)


@transaction.atomic
def release(*, stop: Stop, by: Actor, at: datetime) -> bool:
    """Let it flow again, from where it stood; False when somebody else did so before."""
    if not Stop.objects.open().filter(pk=stop.pk).update(released_at=at, released_by=by):
        return False
    AuditEvent.record(AuditVerb.RELEASED_DELIVERIES, stop, by=by, at=at)
    for channel in [stop.channel] if stop.channel else Channel:
        queued.send(Stop, channel=channel)
    return True


def stopped() -> QuerySet[Stop]:
    """The stops that stand now, with their announcements."""
    return Stop.objects.open().select_related("announcement", "stopped_by")


def flowing() -> Q:
    """Of Delivery: the rows that neither a stop nor the fence holds back now. A tiny query; the answer holds constants.

    To be asked at each claim and again before each hand-over. With everything stopped it matches nothing, and a
    QuerySet that is filtered by it asks the database nothing.
    """
    if fence.standing().is_closed:
        return Q(pk__in=())
    held = Q()
    for channel, announcement in Stop.objects.open().values_list("channel", "announcement"):
        if not channel and announcement is None:
            return Q(pk__in=())
        held |= _held(channel, announcement)
    return ~held if held else Q()


def due_heads(channel: Channel, min_overdue: timedelta = timedelta(0)) -> QuerySet[Delivery]:
    """The first row of each queue that has been due for `min_overdue` and that nothing holds back, the most urgent
    first.

    As fast with a million rows held back as with none.
    """
    # They wait, or they were no heads. Said again, PostgreSQL would read the index of all that waits to make sure.
    return Delivery.objects.queue_heads(channel).ripe(min_overdue).filter(flowing())


def held_by(stop: Stop) -> QuerySet[Delivery]:
    """What waits behind `stop`."""
    return waiting_in(channel=stop.channel, announcement=stop.announcement_id)


def waiting_in(*, channel: str = "", announcement: int | None = None) -> QuerySet[Delivery]:
    """What a stop of this scope holds back, or would."""
    return Delivery.objects.waiting().filter(_held(channel, announcement))


def _held(channel: str, announcement: int | None) -> Q:
    held = Q(channel=channel) if channel else Q()
    return held & Q(announcement=announcement) if announcement is not None else held
