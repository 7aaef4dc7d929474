"""Pauses: what they hold back waits, burns no attempt and is not skipped; released, it goes out."""

from datetime import datetime, timedelta
from functools import cache, lru_cache

from django.db import IntegrityError, transaction
from django.db.models import DurationField, Q, QuerySet

from incidents.actions.wording import reason_of
from incidents.audit_verbs import AuditVerb
from incidents.models import Actor, Announcement, AuditEvent
from statuspage.lib.prepared import Prepared, Slot

from ..enums import STAFF_PRIORITY, Channel
from ..models import Delivery, Pause
from ..signals import deliveries_due
from .copies import fence


def pause(
    *, reason: str, by: Actor, at: datetime, channel: str = "", announcement: Announcement | None = None
) -> Pause:
    """Hold back what waits: of a channel, of an announcement, of both, or everything. What is in flight still goes.

    Paused already: returns the pause that is there. Raises ValidationError (by field) for a `reason` that says nothing.
    """
    reason = reason_of(reason, empty="Say in a few words why; whoever releases it will want to know.")
    scope = {"channel": channel, "announcement": announcement}
    try:
        with transaction.atomic():
            if earlier := Pause.objects.open().filter(**scope).first():
                return earlier
            made = Pause.objects.create(reason=reason, paused_at=at, paused_by=by, **scope)
            AuditEvent.record(AuditVerb.PAUSED_DELIVERIES, made, by=by, at=at, reason=reason)
            return made
    except IntegrityError:  # somebody else pressed the same button
        return Pause.objects.open().get(**scope)


@transaction.atomic
def release(*, pause: Pause, by: Actor, at: datetime) -> bool:
    """Let it flow again, from where it stood; False when somebody else did so before."""
    if not Pause.objects.open().filter(pk=pause.pk).update(released_at=at, released_by=by):
        return False
    AuditEvent.record(AuditVerb.RELEASED_DELIVERIES, pause, by=by, at=at)
    for channel in [pause.channel] if pause.channel else Channel:
        deliveries_due.send(Pause, channel=channel)
    return True


_STAFF = Q(priority=STAFF_PRIORITY)


def standing() -> QuerySet[Pause]:
    """The pauses that stand now, with their announcements."""
    return Pause.objects.open().select_related("announcement", "paused_by")


def flowing() -> Q:
    """Return the condition on Delivery that neither a pause nor the fence holds a row back now. A tiny query, answered
    in constants.

    To be asked at each claim and again before each hand-over. Behind the fence it matches nothing, and a QuerySet that
    is filtered by it asks the database nothing. Messages to staff pass every pause: whoever has to mend it is told.
    """
    if fence.standing().is_closed:
        return Q(pk__in=())
    held = Q()
    for channel, announcement in _open().rows():
        if not channel and announcement is None:
            return _STAFF
        held |= _held(channel, announcement)
    return _STAFF | ~held if held else Q()


@cache
def _open() -> Prepared:
    return Prepared(Pause.objects.open().values_list("channel", "announcement"))


def due_heads(channel: Channel, min_overdue: timedelta = timedelta(0)) -> QuerySet[Delivery]:
    """The first row of each queue that has been due for `min_overdue` and that nothing holds back, the most urgent
    first.

    As fast with a million rows held back as with none.
    """
    return _heads(channel, min_overdue, flowing())


def due_lines(channel: Channel, min_overdue: timedelta = timedelta(0)) -> list[tuple[int, int | None]]:
    """The priority and the announcement of each of `due_heads`."""
    return _lines(channel, flowing()).rows(min_overdue=min_overdue)


@lru_cache(maxsize=8)
def _lines(channel: Channel, flowing: Q) -> Prepared:
    heads = _heads(channel, Slot("min_overdue", DurationField()), flowing)
    return Prepared(heads.values_list("priority", "announcement"))


def _heads(channel: Channel, min_overdue: timedelta | Slot, flowing: Q) -> QuerySet[Delivery]:
    # They wait, or they were no heads. Said again, PostgreSQL would read the index of all that waits to make sure.
    return Delivery.objects.queue_heads(channel).ripe(min_overdue).filter(flowing)


def held_by(pause: Pause) -> QuerySet[Delivery]:
    """Return the rows that wait behind `pause`."""
    return waiting_in(channel=pause.channel, announcement=pause.announcement_id)


def waiting_in(*, channel: str = "", announcement: int | None = None) -> QuerySet[Delivery]:
    """Return the waiting rows that a pause of this scope holds back, or would."""
    return Delivery.objects.waiting().filter(~_STAFF, _held(channel, announcement))


def _held(channel: str, announcement: int | None) -> Q:
    held = Q(channel=channel) if channel else Q()
    return held & Q(announcement=announcement) if announcement is not None else held
