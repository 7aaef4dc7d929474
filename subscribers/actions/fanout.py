"""An announcement becomes one delivery per subscriber who must hear it.

Set-based and in pages, each one transaction with the cursor: a killed expander goes on where the last page ended.
"""

from datetime import timedelta

from django.db import connection, models, transaction
from django.db.models import F, Max, QuerySet, Value
from django.db.models.functions import Now

from incidents.models import Announcement

from ..audience import who_hears
from ..enums import PRIORITY_OF_SEVERITY, Channel, DeliveryState
from ..models import Delivery, Fanout
from ..signals import queued

PAGE = 10_000
_NOT_TOLD = (DeliveryState.QUEUED, DeliveryState.SKIPPED, DeliveryState.FAILED)


def unfinished(*, patience: timedelta = timedelta(0)) -> QuerySet[Announcement]:
    """Announcements not yet turned into deliveries though `patience` has passed, the most severe first."""
    finished = Fanout.objects.filter(finished_at__isnull=False).values("announcement")
    waiting = Announcement.objects.exclude(pk__in=finished).filter(created_at__lte=Now() - Value(patience))
    return waiting.order_by("severity", "pk")


def is_folded(announcement: Announcement, *, lock: bool = False) -> bool:
    """Whether its deliveries give way to counts, so that nobody more may be listed. `lock`: and that stays as it is
    until the transaction ends."""
    rows = Fanout.objects.filter(announcement=announcement).values_list("folded_at", flat=True)
    return (rows.select_for_update() if lock else rows).first() is not None


def expand(announcement: Announcement) -> int:
    """Write what is missing of the announcement's deliveries; returns how many this call wrote.

    May be called again, and by several at once: rows are unique per (announcement, subscriber), pages are taken in
    turn. Sends the signal `queued` after each page, so that sending begins with the first.
    """
    fanout, _ = Fanout.objects.get_or_create(announcement=announcement)
    written = 0 if fanout.cursor else _correct_first(announcement)
    while (page := _expand_page(announcement)) is not None:
        written += page
    return written


def _correct_first(announcement: Announcement) -> int:
    """Whoever was, or may have been, told what this corrects stands before all others."""
    if announcement.corrects_id is None:
        return 0
    told = Delivery.objects.filter(announcement=announcement.corrects_id).exclude(state__in=_NOT_TOLD)
    return insert(announcement, who_hears(announcement).filter(pk__in=told.values("subscriber")))


def _expand_page(announcement: Announcement) -> int | None:
    """Rows written for the next page; None when there is none left."""
    with transaction.atomic():
        fanout = Fanout.objects.select_for_update().get(announcement=announcement)
        if fanout.finished_at:
            return None
        audience = who_hears(announcement).filter(pk__gt=fanout.cursor)
        last = audience.order_by("pk").values("pk")[:PAGE].aggregate(last=Max("pk"))["last"]
        if last is None:
            Fanout.objects.filter(pk=fanout.pk).update(finished_at=Now())
            return None
        written = insert(announcement, audience.filter(pk__lte=last))
        Fanout.objects.filter(pk=fanout.pk).update(cursor=last)
    for channel in Channel if written else ():
        queued.send(Fanout, channel=channel)
    return written


def insert(announcement: Announcement, hearing: QuerySet) -> int:
    """Write a delivery for each of these subscribers who has none yet; returns how many that were.

    INSERT ... SELECT from the audience itself: no row passes through Python. Times come from the database.
    """
    values = {
        "announcement": Value(announcement.pk, models.BigIntegerField()),
        "subscriber": F("pk"),
        "channel": F("channel"),
        "state": Value(DeliveryState.QUEUED.value, models.CharField()),
        "priority": Value(PRIORITY_OF_SEVERITY[announcement.severity], models.PositiveSmallIntegerField()),
        "reason": Value(""),
        "attempts": Value(0),
        "lease": Value(""),
        "provider_id": Value(""),
        "possibly_doubled": Value(False),
    }
    quote = connection.ops.quote_name
    columns = ", ".join(quote(Delivery._meta.get_field(name).column) for name in values)
    select, params = hearing.order_by("pk").values_list(*values.values()).query.sql_with_params()
    table = quote(Delivery._meta.db_table)
    with connection.cursor() as cursor:
        # Only names of our own models are joined in; every value is a parameter.
        cursor.execute(f"INSERT INTO {table} ({columns}) {select} ON CONFLICT DO NOTHING", params)
        return cursor.rowcount
