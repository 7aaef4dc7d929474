"""Into the ledger: one row for each recipient of one thing to say."""

from django.db import connection, models
from django.db.models import Case, F, QuerySet, Value, When

from incidents.models import Announcement, Message

from .. import offering
from ..enums import PRIORITY_OF_MESSAGE, PRIORITY_OF_SEVERITY, DeliveryCause, DeliveryState
from ..models import Contact, Delivery, Subscriber


def insert(about: Announcement | Message, recipients: "QuerySet[Subscriber] | QuerySet[Contact]") -> int:
    """Write a delivery of `about` for each of `recipients` who has none yet; returns how many that were.

    On a channel that is not offered it is settled at once as not sent: set up two days later it must send no old news.

    INSERT ... SELECT from the audience itself: no row passes through Python. Times come from the database. Half of the
    time goes into checking the foreign keys, row by row; a million take 38 s all the same, so the database checks them.
    """
    values: dict[str, Value | F | Case] = {
        type(about).__name__.lower(): Value(about.pk, models.BigIntegerField()),
        recipients.model.__name__.lower(): F("pk"),
        "channel": F("channel"),
        "state": _by_channel(DeliveryState.QUEUED, DeliveryState.SKIPPED),
        "priority": Value(_priority(about), models.SmallIntegerField()),
        "cause": _by_channel("", DeliveryCause.NOT_OFFERED),
        "reason": Value(""),
        "attempts": Value(0),
        "lease": Value(""),
        "provider_id": Value(""),
        "possibly_doubled": Value(False),
    }
    quote = connection.ops.quote_name
    fields = {field.name: field.column or "" for field in Delivery._meta.concrete_fields}
    columns = ", ".join(quote(fields[name]) for name in values)
    select, params = recipients.order_by("pk").values_list(*values.values()).query.sql_with_params()
    table = quote(Delivery._meta.db_table)
    with connection.cursor() as cursor:
        # Only names of our own models are joined in; every value is a parameter.
        cursor.execute(f"INSERT INTO {table} ({columns}) {select} ON CONFLICT DO NOTHING", params)
        return int(cursor.rowcount)


def _priority(about: Announcement | Message) -> int:
    if isinstance(about, Announcement):
        return PRIORITY_OF_SEVERITY[about.severity]
    return PRIORITY_OF_MESSAGE[about.kind]


def _by_channel(offered: str, missing: str) -> Value | Case:
    """One value for those whose channel is offered, and one for all others."""
    value = Value(str(offered), models.CharField())
    if not (channels := offering.missing()):
        return value
    return Case(When(channel__in=channels, then=Value(str(missing), models.CharField())), default=value)
