"""The check at send time: which of the rows that are about to go must not, because of what happened since."""

from collections.abc import Collection, Iterable
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import DateTimeField, Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from incidents.enums import PROVES, MessageKind
from incidents.models import Announcement, Message, Recall, Site
from statuspage.lib.prepared import Prepared, Slot, ids

from ..enums import DeliveryCause, DeliveryState, RecipientKind
from ..models import Breaker, Delivery, Pause, Subscriber, Suppression
from . import pauses
from .audience import audience, traits
from .copies import fence
from .copies.fence import Kind
from .rows import ClaimedDelivery

# A row that says the news is told, or will be.
_TELLS = (DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.SENT, DeliveryState.DELIVERED)


def change_marker(channel: str) -> object:
    """Differs from what it was as soon as anything happened for which rows should be checked again. One query."""
    with connection.cursor() as cursor:
        cursor.execute(*_query_of_marker(channel))
        return cursor.fetchone()


@cache
def _query_of_marker(channel: str) -> tuple[str, tuple[Any, ...]]:
    """Return the query's words and values, built once: asked twenty times a second, the building would cost more than
    the asking."""
    released = Pause.objects.filter(released_at__isnull=False).order_by("-released_at")
    last = {
        "recalled": Recall.objects.order_by("-pk").values("pk")[:1],
        "paused": Pause.objects.order_by("-pk").values("pk")[:1],
        "released": released.values("pk")[:1],
        "tripped": Breaker.objects.filter(channel=channel).values("open_until")[:1],
    }
    return Site.objects.values_list("page_version", *(Subquery(rows) for rows in last.values())).query.sql_with_params()


def verdicts(rows: Collection[ClaimedDelivery]) -> tuple[dict[int, DeliveryCause], set[int]]:
    """Return which of `rows` must not go out any more, and why; and which must wait, for a pause. Takes some queries
    for each announcement among them, whatever the number of rows."""
    if fence.standing().kind is Kind.COPY:
        return dict.fromkeys((row.pk for row in rows), DeliveryCause.COPY), set()
    causes: dict[int, DeliveryCause] = {}
    by_announcement: dict[int | None, list[ClaimedDelivery]] = {}
    for row in rows:
        by_announcement.setdefault(row.announcement_id, []).append(row)
    for pk in _suppressed(rows):
        causes[pk] = DeliveryCause.SUPPRESSED
    for announcement_id, is_public, recall, goes_on, *fields in _announced().rows(ids=filter(None, by_announcement)):
        theirs = by_announcement[announcement_id]
        if not is_public or recall:
            causes |= dict.fromkeys((row.pk for row in theirs), DeliveryCause.RECALLED)
        else:
            announcement = Announcement(pk=announcement_id, **dict(zip(_DECIDE, fields, strict=True)))
            causes |= _of_announcement(announcement, goes_on, theirs, causes)
    causes |= _of_messages([row for row in rows if row.message_id and row.pk not in causes])
    return causes, _held_back(rows) - causes.keys()


_DECIDE = (
    *("incident_id", "is_first", "reopens", "is_late", "window_change", "status", "corrects_id", "components"),
    "published_at",
)


@cache
def _announced() -> Prepared:
    found = Announcement.objects.filter(pk__in_ids=ids()).order_by()
    goes_on = Coalesce("incident__merged_into", "incident")
    return Prepared(found.values_list("pk", "incident__is_public", "recall__pk", goes_on, *_DECIDE))


def _held_back(rows: Collection[ClaimedDelivery]) -> set[int]:
    if not (flowing := pauses.flowing()):
        return set()
    pks = {row.pk for row in rows}
    return pks.difference(Delivery.objects.filter(flowing, pk__in_ids=pks).values_list("pk", flat=True))


def _of_announcement(
    announcement: Announcement, goes_on: int, rows: list[ClaimedDelivery], known: Collection[int]
) -> dict[int, DeliveryCause]:
    """`goes_on`: the incident that its own was merged into, else its own."""
    readers = [row.recipient.pk for row in rows]
    about = traits(announcement)
    hearing = _recipients(about["is_milestone"], about["corrects"] is not None)
    recipients = set(hearing.column(ids=readers, **about))
    superseded = _superseded(announcement, goes_on, readers)
    causes = {}
    for row in rows:
        if row.pk in known:
            continue
        if row.recipient.pk in superseded:
            causes[row.pk] = DeliveryCause.SUPERSEDED
        elif row.recipient.pk not in recipients:
            causes[row.pk] = DeliveryCause.UNSUBSCRIBED
    return causes


@cache
def _recipients(is_milestone: bool, is_correction: bool) -> Prepared:
    """Those of some subscribers who hear such an announcement, by its other traits."""
    hearing = audience(
        component_ids=ids("component_ids"),
        incident_id=Slot("incident_id"),
        is_milestone=is_milestone,
        corrects=Slot("corrects") if is_correction else None,
    )
    return Prepared(hearing.filter(pk__in_ids=ids()).values_list("pk"))


def _superseded(announcement: Announcement, goes_on: int, readers: list[int]) -> set[int]:
    """Whose news is told by a newer update, of its incident or of that which it was merged into, `goes_on`. Of this
    very subscriber: who hears only of the beginning and the end must
    not lose the beginning to an update in between that goes to others.

    An update about an earlier time tells no news of a later one. A word after the end is news of its own: nothing takes
    its place, and it takes the place of what it corrects alone."""
    if announcement.is_late:
        return set()
    newer = _newer().column(
        incident=announcement.incident_id,
        goes_on=goes_on,
        announcement=announcement.pk,
        published_at=announcement.published_at,
    )
    if not newer:
        return set()
    told = Delivery.objects.filter(announcement__in=newer, subscriber__pk__in_ids=readers, state__in=_TELLS)
    return set(told.values_list("subscriber", flat=True))


@cache
def _newer() -> Prepared:
    told_in = Q(incident=Slot("incident")) | Q(incident=Slot("goes_on"))
    replaces = Q(is_late=False) | Q(corrects=Slot("announcement"))
    later = Announcement.objects.filter(told_in, replaces, pk__gt=Slot("announcement"))
    about_later = later.filter(published_at__gte=Slot("published_at", DateTimeField()))
    return Prepared(about_later.values_list("pk"))


def _of_messages(rows: list[ClaimedDelivery]) -> dict[int, DeliveryCause]:
    """A code and a link that lets in go to an address that is not verified yet; nothing else does."""
    if not rows:
        return {}
    messages = Message.objects.select_related("incident").in_bulk({row.message_id for row in rows})
    here = Subscriber.objects.filter(unsubscribed_at=None)
    still_here = set(here.filter(pk__in_ids=_subscribers(rows)).values_list("pk", flat=True))
    causes = {}
    for row in rows:
        message, to = messages[row.message_id], row.recipient
        if message.kind == MessageKind.MAINTENANCE_REMINDER and (message.withdrawn_at or _is_hidden(message)):
            causes[row.pk] = DeliveryCause.SUPERSEDED if message.withdrawn_at else DeliveryCause.RECALLED
        elif message.withdrawn_at:
            causes[row.pk] = DeliveryCause.RECALLED
        elif to.kind is RecipientKind.SUBSCRIBER:
            if to.pk not in still_here:
                causes[row.pk] = DeliveryCause.UNSUBSCRIBED
        elif not to.is_active and message.kind not in PROVES:
            causes[row.pk] = DeliveryCause.UNVERIFIED
    return causes


def _is_hidden(message: Message) -> bool:
    return message.incident is not None and not message.incident.is_public


def _subscribers(rows: Iterable[ClaimedDelivery]) -> list[int]:
    return [row.recipient.pk for row in rows if row.recipient.kind is RecipientKind.SUBSCRIBER]


def _suppressed(rows: Iterable[ClaimedDelivery]) -> list[int]:
    """Return the rows whose address is suppressed, none of the staff among them: a subscriber's word or fate is not
    theirs, though the address be the same."""
    found: list[int] = []
    outside = [row for row in rows if not row.recipient.is_staff]
    for kind in {"contact" if row.recipient.kind is not RecipientKind.SUBSCRIBER else "subscriber" for row in outside}:
        found += _suppressed_of(kind).column(ids=[row.pk for row in outside])
    return found


@cache
def _suppressed_of(kind: str) -> Prepared:
    against = Suppression.objects.filter(channel=OuterRef("channel"), address=OuterRef(f"{kind}__address"))
    return Prepared(Delivery.objects.filter(Exists(against), pk__in_ids=ids()).values_list("pk"))
