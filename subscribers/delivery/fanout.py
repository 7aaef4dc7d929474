"""An announcement becomes one delivery per subscriber who must hear it.

Set-based and in pages, each one transaction with the cursor: a killed expander goes on where the last page ended.
"""

import logging
from datetime import timedelta
from functools import cache

from django.db import DatabaseError, transaction
from django.db.models import DateTimeField, Q, QuerySet, Value
from django.db.models.functions import Now

from incidents.models import Announcement
from statuspage.lib.prepared import Prepared, Slot

from ..enums import Channel
from ..models import AffectedCustomer, Fanout, Subscriber
from ..signals import deliveries_due
from . import pauses
from .audience import recipients_of, told
from .listing import insert

# Subscribers; by how many of them hear it, the first of few would have to wait for a walk over all. The first page is
# small, as sending begins with it; each is twice as large as the one before.
FIRST_PAGE, PAGE = 1_000, 20_000
# Whoever said yes at a time is written down within this: longer than a request, and than the wait for SQLite's lock.
LATEST_COMMIT = timedelta(minutes=1)

_log = logging.getLogger(__name__)


def unfinished(*, min_overdue: timedelta = timedelta(0)) -> QuerySet[Announcement]:
    """Announcements not yet turned into deliveries though `min_overdue` has passed, the most severe first."""
    finished = Fanout.objects.filter(finished_at__isnull=False).values("announcement")
    waiting = Announcement.objects.exclude(pk__in=finished)
    if min_overdue:  # without, it is there whatever the clock of the machine says on which it was published
        waiting = waiting.filter(created_at__lte=Now() - Value(min_overdue))
    return waiting.order_by("severity", "pk")


def is_rolled_up(announcement: Announcement, *, lock: bool = False) -> bool:
    """Whether its deliveries give way to counts, so that nobody more may be listed. `lock`: and that stays as it is
    until the transaction ends."""
    rows = Fanout.objects.filter(announcement=announcement).values_list("rolled_up_at", flat=True)
    return (rows.select_for_update() if lock else rows).first() is not None


def expand(announcement: Announcement) -> int:
    """Write what is missing of the announcement's deliveries; returns how many this call wrote.

    May be called again, and by several at once: rows are unique per (announcement, subscriber), pages are taken in
    turn. Sends the signal `deliveries_due` after each page, so that sending begins with the first. What is more urgent
    and comes meanwhile is listed in between: everybody else may be busy with a million as well.
    """
    fanout, _ = Fanout.objects.get_or_create(announcement=announcement)
    written = 0 if fanout.cursor else _correct_first(announcement)
    size = FIRST_PAGE
    while (page := _expand_page(announcement, size)) is not None:
        written += page
        size = min(2 * size, PAGE)
        _let_pass(announcement)
    return written + catch_up(announcement)


def begin(announcement: Announcement) -> bool:
    """List the first page, for whoever sends; False where somebody did so before, and where those who heard what this
    corrects come first, who may be all. Raises DatabaseError; any other fault is for `expand` to meet."""
    if announcement.corrects_id is not None:
        return False
    try:
        fanout, _ = Fanout.objects.get_or_create(announcement=announcement)
        return not fanout.cursor and _expand_page(announcement, FIRST_PAGE) is not None
    except DatabaseError:
        raise
    except Exception:
        _log.exception("Announcement %s cannot be expanded", announcement.pk)
        return False


def _let_pass(announcement: Announcement) -> None:
    waiting = list(unfinished().filter(severity__lte=announcement.severity))
    if announcement not in waiting:  # that was its last page: it holds up nobody
        return
    for urgent in (one for one in waiting if one.severity < announcement.severity):
        try:
            expand(urgent)
        except Exception:  # as it fails whoever tries, and what waits here has its turn all the same
            _log.exception("Announcement %s cannot be expanded", urgent.pk)


def unsettled(*, min_overdue: timedelta = timedelta(0)) -> QuerySet[Announcement]:
    """Announcements older than `min_overdue` whose list is complete but for those who may still `catch_up`."""
    waiting = Fanout.objects.filter(finished_at__isnull=False, settled_at=None).values("announcement")
    return Announcement.objects.filter(pk__in=waiting, created_at__lte=Now() - Value(min_overdue))


def catch_up(announcement: Announcement) -> int:
    """List also those who confirmed before the publish and were written down only after their page; returns how many.

    To be called again while the announcement is `unsettled`: such a one may still come for LATEST_COMMIT. Anybody who
    heard "you are subscribed" before the announcement was there is told, whatever the database did meanwhile.
    """
    with transaction.atomic():
        fanout = Fanout.objects.select_for_update().get(announcement=announcement)
        if fanout.settled_at or not fanout.finished_at:
            return 0
        written = 0 if fanout.rolled_up_at or announcement.is_recalled else _insert_late(announcement)
        over = Announcement.objects.filter(pk=announcement.pk, created_at__lte=Now() - Value(LATEST_COMMIT))
        if over.exists():
            Fanout.objects.filter(pk=fanout.pk).update(settled_at=Now())
    _call(written)
    return written


def _insert_late(announcement: Announcement) -> int:
    until = announcement.created_at
    after = until - LATEST_COMMIT
    linked = AffectedCustomer.objects.filter(
        incident=announcement.incident_id, linked_at__gt=after, linked_at__lte=until
    )
    # One after the other: each is a few rows of an index. Mostly there is nobody, which is known sooner than told.
    late = []
    if _confirmed().rows(limit=1, after=after, until=until):
        late.append(recipients_of(announcement).confirmed_within(after, until))
    if linked.exists():
        late.append(recipients_of(announcement).filter(pk__in=linked.values("subscriber")))
    return sum(insert(announcement, who) for who in late)


@cache
def _confirmed() -> Prepared:
    within = Slot("after", DateTimeField()), Slot("until", DateTimeField())
    return Prepared(Subscriber.objects.confirmed_within(*within).values_list("pk"))


def _correct_first(announcement: Announcement) -> int:
    """Whoever was, or may have been, told what this corrects stands before all others."""
    if announcement.corrects_id is None:
        return 0
    reached = told(announcement.corrects_id)
    return insert(announcement, recipients_of(announcement).filter(pk__in=reached.values("subscriber")))


def _expand_page(announcement: Announcement, size: int) -> int | None:
    """Rows written for the next `size` subscribers; None when there is none left."""
    with transaction.atomic():
        fanout = Fanout.objects.select_for_update().get(announcement=announcement)
        if fanout.finished_at:
            return None
        rest = Q(pk__gt=fanout.cursor)
        last = list(Subscriber.objects.filter(rest).order_by("pk").values_list("pk", flat=True)[size - 1 : size])
        page = rest & Q(pk__lte=last[0]) if last else rest
        # Behind a correction's first some have a row, who may be all; else hardly anybody: support told them meanwhile.
        are_new = announcement.corrects_id is None
        written = insert(announcement, recipients_of(announcement).filter(page), are_new=are_new)
        step = {"cursor": last[0]} if last else {"finished_at": Now()}
        Fanout.objects.filter(pk=fanout.pk).update(**step)
    _call(written)
    return written


def _call(written: int) -> None:
    """Call the workers of the channels that have something to do now."""
    for channel in Channel if written else ():
        if pauses.due_lines(channel):
            deliveries_due.send(Fanout, channel=channel)
