"""The decisions of a person who knows what became of the database: it was moved, it is an older copy, or it is a
copy."""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Coalesce

from incidents.audit_verbs import AuditVerb
from incidents.models import Actor, Announcement, AuditEvent, Site

from ...enums import Channel, DeliveryCause, DeliveryState
from ...models import Delivery, Fence, Generation
from ...signals import deliveries_due
from .. import fanout, journal, pauses
from ..journal import Mark
from . import fence, handed_over, seen
from .handed_over import HandedOver
from .identity import identity

_SENT = {"state": DeliveryState.SENT, "cause": "", "reason": "", "lease": ""}
_FAR = 100_000  # numbers between what was seen and what goes on: other places may have seen more


class CannotDecide(Exception):
    """A decision that cannot be taken; the text says why not."""


class Held(NamedTuple):
    """The deliveries of one announcement that wait for a person after `restored`."""

    announcement: Announcement
    waiting: int


def take_over(*, by: Actor, at: datetime) -> str:
    """Declare this the original, wherever it stands: the other one is off. Raises CannotDecide."""
    row = fence.the_fence()
    if fence.is_older(row):
        raise CannotDecide("It is older than what was sent from here; `manage.py restored` is for that.")
    return _decide(row, AuditVerb.TOOK_OVER, by=by, at=at)


def this_is_a_copy(*, by: Actor, at: datetime) -> str:
    """Close this database for good: what is due, and whatever is published here, ends as kept here; nothing leaves
    it."""
    return _decide(fence.the_fence(), AuditVerb.MARKED_AS_COPY, by=by, at=at, is_copy=True)


def restored(*, by: Actor, at: datetime) -> list[Held]:
    """Declare this database the original, as it was some time ago. What was due waits behind pauses, by announcement,
    for a person to release or recall; what this machine's notes show as handed over is settled. What is published from
    now on goes at once.

    To be called on each machine that has sent: the first call opens the fence, each settles what its machine knows.
    """
    row = fence.the_fence()
    is_first = row.identity != identity(row.key) or fence.is_older(row)
    for announcement in fanout.unfinished() if is_first else ():
        fanout.expand(announcement)
    with transaction.atomic():
        _settle_handed_over()
        _settle_begun()
        held = list(_hold_back(by=by, at=at)) if is_first else []
        if is_first:
            _go_on_after(row)
            _decide(row, AuditVerb.DECLARED_RESTORED, by=by, at=at)
    return held


def _decide(row: Fence, what: AuditVerb, *, by: Actor, at: datetime, is_copy: bool = False) -> str:
    here = identity(row.key)
    with transaction.atomic():
        Fence.objects.filter(pk=1).update(identity=here, is_copy=is_copy, decided_at=at)
        AuditEvent.record(what, row, by=by, at=at, identity=here)
    fence.forget()
    for channel in Channel:
        deliveries_due.send(Fence, channel=channel)
    return here


def _go_on_after(row: Fence) -> None:
    """Every generation from now on is newer than what any place has seen, and so is the page."""
    number = max(seen.newest(row.key), fence.generation()) + _FAR
    Generation.objects.create(pk=number)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [Generation._meta.db_table, number])
    version = max(fence.newest_page(row), Site.load().page_version) + _FAR
    Site.objects.filter(pk=1).update(page_version=version)


def _hold_back(*, by: Actor, at: datetime) -> Iterator[Held]:
    waiting = Delivery.objects.waiting().exclude(announcement=None).order_by("announcement")
    for pk, number in waiting.values_list("announcement").annotate(number=Count("pk")):
        announcement = Announcement.objects.get(pk=pk)
        reason = f"Restored from a copy at {at:%Y-%m-%d %H:%M} UTC: some of these may have been sent"
        pauses.pause(reason=reason, by=by, at=at, announcement=announcement)
        yield Held(announcement, number)


def _settle_handed_over() -> None:
    """Mark as sent what the records of hand-overs name, by announcement and recipient: rows that the copy never had
    were written anew above."""
    records = sorted(handed_over.noted())
    for _, group in groupby(records, key=lambda record: record.about):
        found = list(group)
        at_of = {record.to: record.at for record in found}
        rows = Delivery.objects.waiting().filter(_about(found[0], since=max(at_of.values())))
        for pk, recipient in _known_then(rows, at_of):
            Delivery.objects.filter(pk=pk).update(**_SENT, sent_at=at_of[recipient])


def _about(record: HandedOver, *, since: datetime) -> Q:
    """One that is younger than the record got a number anew."""
    if record.message is not None:
        return Q(message=record.message, message__created_at__lt=since)
    if record.about > 0:
        return Q(announcement=record.about, announcement__created_at__lt=since)
    return Q(confirmation=-record.about, confirmation__requested_at__lt=since)


def _known_then(rows: QuerySet[Delivery], at_of: dict[int, datetime]) -> list[tuple[int, int]]:
    """Return primary key and recipient of those of `rows` whose recipient is older than the record: a number that was
    given anew since the copy is somebody else."""
    to = Coalesce("subscriber", -F("contact"))
    since = Coalesce("subscriber__created_at", "contact__created_at")
    found = rows.annotate(to=to, since=since).values_list("pk", "to", "since")
    return [(pk, recipient) for pk, recipient, since in found if recipient in at_of and since < at_of[recipient]]


def _settle_begun() -> None:
    """Settle what the journals of killed workers name: taken becomes sent, begun becomes unknown."""
    for written_at, marks in journal.left_behind():
        rows = Delivery.objects.waiting().filter(created_at__lt=written_at, pk__in_ids=marks)
        begun = [pk for pk in rows.values_list("pk", flat=True) if marks[pk] in (Mark.BEGUN, Mark.TAKEN)]
        taken = [pk for pk in begun if marks[pk] is Mark.TAKEN]
        Delivery.objects.filter(pk__in_ids=taken).update(**_SENT, sent_at=written_at)
        unknown = {"state": DeliveryState.UNKNOWN, "cause": DeliveryCause.LOST, "reason": "", "lease": ""}
        Delivery.objects.filter(pk__in_ids=set(begun).difference(taken)).update(**unknown)
