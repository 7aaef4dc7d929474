"""A person goes: every row that names them, also in the audit. Numbers stay numbers, and a keyed hash stays where the
address must not come back unasked."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.apps import apps
from django.db import transaction
from django.db.models import Model, Q, QuerySet, TextField
from django.db.models.functions import Cast

from incidents.audit_verbs import AuditVerb
from incidents.models import Actor, AuditEvent, Site

from ..addresses import Address
from ..delivery.retention import into_counts
from ..enums import DeliveryCause, DeliveryState, RecipientKind, SuppressionCause
from ..models import Contact, Delivery, ErasedAddress, Refusal, Subscriber, Suppression
from ..models.erased import Why, keyed_hash

GONE = "(erased)"


@dataclass(frozen=True, kw_only=True)
class Erased:
    """The result of erasing. `was_known`: there was something to erase; `kept`: why the keyed hash is kept, if it
    is."""

    was_known: bool
    deliveries: int = 0
    kept: Why | None = None


@transaction.atomic
def erase(address: Address, *, by: Actor, at: datetime, never_again: bool = False) -> Erased:
    """Forget whoever has `address`; what they were sent stays as counts. What is in flight this moment still arrives.

    The keyed hash is kept where the address was suppressed or had unsubscribed, or with `never_again`: then neither
    an import nor a link by support brings it back. A second time finds nothing.
    """
    subscriber = Subscriber.objects.select_for_update().filter(**address._asdict()).first()
    is_suppressed = Suppression.objects.filter(**address._asdict()).exists()
    kept = _why_to_keep(subscriber, is_suppressed, never_again)
    # Who only wrote to us, for instance, is known too.
    was_known = subscriber is not None or any(rows.exists() for rows in _rows_with(address))
    _blot(address)
    if not was_known and kept is None:
        return Erased(was_known=False)
    if kept:
        ErasedAddress.objects.update_or_create(
            keyed_hash=keyed_hash(address), defaults={"why": kept}, create_defaults={"why": kept, "erased_at": at}
        )
    deliveries = _erase_deliveries(subscriber) if subscriber else 0
    if subscriber:
        subscriber.delete()
    for rows in _rows_with(address):
        rows.delete()
    AuditEvent.record(
        AuditVerb.ERASED_SUBSCRIBER,
        Site.load(),
        by=by,
        at=at,
        keyed_hash=keyed_hash(address),
        kept=kept or "",
        deliveries=deliveries,
    )
    return Erased(was_known=was_known, deliveries=deliveries, kept=kept)


def kept_by_address() -> list[type[Model]]:
    """The models that hold addresses of their own, beside Subscriber."""
    models = apps.get_app_config("subscribers").get_models()
    return [model for model in models if model is not Subscriber and hasattr(model, "address")]


def _rows_with(address: Address) -> list[QuerySet]:
    """Return the rows with this address, none of a member of staff: they take theirs away themselves."""
    of_staff = Contact.objects.filter(kind=RecipientKind.STAFF).values("pk")
    rows = [model._default_manager.filter(address=address.address) for model in kept_by_address()]
    return [found.exclude(pk__in=of_staff) if found.model is Contact else found for found in rows]


def heed(addresses: Iterable[Address], *, at: datetime) -> None:
    """End or suppress the subscribers made a moment ago for those of `addresses` that are erased and must not be
    written to."""
    suppressed = []
    for address, why in ErasedAddress.objects.among(addresses).items():
        if why == Why.UNSUBSCRIBED:
            theirs = Subscriber.objects.filter(**address._asdict(), confirmed_at=None, unsubscribed_at=None)
            theirs.update(unsubscribed_at=at)
        else:
            # The version before knows by these first words that it is the owner's.
            reason = f"Erased before: {why.label.lower()}"
            about = address._asdict() | {"cause": SuppressionCause.ERASED, "reason": reason}
            suppressed.append(Suppression(**about, created_at=at))
    Suppression.objects.bulk_create(suppressed, ignore_conflicts=True)


def _why_to_keep(subscriber: Subscriber | None, is_suppressed: bool, never_again: bool) -> Why | None:
    if is_suppressed:
        return Why.SUPPRESSED
    if never_again:
        return Why.ASKED
    return Why.UNSUBSCRIBED if subscriber and subscriber.unsubscribed_at else None


def _erase_deliveries(subscriber: Subscriber) -> int:
    """Into the counts. What waits will not go out; of what is in flight nobody will write down what became of it."""
    theirs = Delivery.objects.to([subscriber.pk])
    Refusal.objects.filter(delivery__in=theirs.values("pk")).delete()
    rows = theirs.filter(announcement__isnull=False)
    list(rows.order_by("pk").select_for_update(of=("self",)).values_list("pk"))
    skipped = {"state": DeliveryState.SKIPPED, "cause": DeliveryCause.UNSUBSCRIBED}
    rows.filter(state=DeliveryState.QUEUED).update(**skipped)
    rows.filter(state=DeliveryState.SENDING).update(state=DeliveryState.UNKNOWN)
    return into_counts(rows)


def _blot(address: Address) -> None:
    """Take the address out of audit events, the one thing that may change there: a provider's words may hold it."""
    named = AuditEvent.objects.annotate(text=Cast("detail", TextField()))
    named = named.filter(Q(subject__icontains=address.address) | Q(text__icontains=address.address))
    whole = re.compile(rf"(?<![\w.+-]){re.escape(address.address)}(?![\w-]|\.\w)", re.IGNORECASE)
    for event in named.only("subject", "detail"):
        AuditEvent.objects.filter(pk=event.pk).update(
            subject=whole.sub(GONE, event.subject), detail=_without(whole, event.detail)
        )


def _without(whole: re.Pattern, value):
    if isinstance(value, str):
        return whole.sub(GONE, value)
    if isinstance(value, list):
        return [_without(whole, one) for one in value]
    if isinstance(value, dict):
        return {name: _without(whole, one) for name, one in value.items()}
    return value
