"""Into the ledger: one row for each recipient of one thing to say."""

from contextlib import suppress
from typing import Any

from django.db import IntegrityError, connection, models, transaction
from django.db.models import Case, F, QuerySet, Value, When

from incidents.models import Announcement, Message

from .. import offering
from ..enums import PRIORITY_OF_MESSAGE, PRIORITY_OF_SEVERITY, DeliveryCause, DeliveryState
from ..models import Contact, Delivery, Subscriber


def insert(
    about: Announcement | Message, recipients: "QuerySet[Subscriber] | QuerySet[Contact]", *, are_new: bool = False
) -> int:
    """Write a delivery of `about` for each of `recipients` who has none yet; returns how many that were.

    `are_new`: mostly none of them has one, which is said for speed alone. Where one has, all is done anew.

    On a channel that is not offered it is settled at once as not sent: set up two days later it must send no old news.

    INSERT ... SELECT from the audience itself: no row passes through Python. Times come from the database. The
    subscribers whom it reads it holds until its transaction ends, as the check of a foreign key would, which costs as
    much as all the rest; an announcement never goes.
    """
    insertion, params = _insertion(about, recipients)
    with connection.cursor() as cursor:
        if are_new:
            with suppress(IntegrityError), transaction.atomic():
                cursor.execute(insertion, params)
                return int(cursor.rowcount)
        cursor.execute(f"{insertion} ON CONFLICT DO NOTHING", params)
        return int(cursor.rowcount)


def _insertion(
    about: Announcement | Message, recipients: "QuerySet[Subscriber] | QuerySet[Contact]"
) -> tuple[str, tuple[Any, ...]]:
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
    # Only names of our own models are joined in; every value is a parameter.
    held = f"FOR KEY SHARE OF {quote(recipients.model._meta.db_table)}" if connection.vendor == "postgresql" else ""
    return f"INSERT INTO {quote(Delivery._meta.db_table)} ({columns}) {select} {held}", params


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
