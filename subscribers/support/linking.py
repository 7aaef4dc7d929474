"""Support links customers to an incident: from then on they hear each of its updates, subscribed or not."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet

from incidents.audit_verbs import AuditVerb
from incidents.models import Actor, Announcement, AuditEvent, Incident

from .. import offering
from ..addresses import Address
from ..delivery import fanout, listing
from ..delivery.audience import recipients_of, told
from ..enums import Channel
from ..models import AffectedCustomer, Delivery, Subscriber
from ..people import erasing
from ..signals import deliveries_due
from . import customer_list
from .customer_list import Customer, Refused


@dataclass(frozen=True, kw_only=True)
class Linked:
    """The result of linking. `silent`: linked, but they will not be written to; `told`: the latest update goes to them
    now; `already`: were linked before."""

    linked: int
    already: int = 0
    silent: int = 0
    told: int = 0
    refused: list[Refused] = field(default_factory=list)


@transaction.atomic
def link_customer(
    *,
    incident: Incident,
    name: str,
    contact: str,
    reference: str = "",
    ticket_url: str = "",
    by: Actor,
    at: datetime,
    tell_latest: bool = False,
) -> Linked:
    """Link one customer. `contact` is an e-mail address or a phone number; `tell_latest` sends what is said already.

    Raises ValidationError, by field, also where the address is linked to this incident before.
    """
    customer = customer_list.clean(name=name, contact=contact, reference=reference, ticket_url=ticket_url)
    result = _link(incident, [customer], by=by, at=at, tell_latest=tell_latest)
    if result.already:
        raise ValidationError({"contact": "This address is linked to this incident already."})
    return result


@transaction.atomic
def link_customers(*, incident: Incident, text: str, by: Actor, at: datetime, tell_latest: bool = False) -> Linked:
    """Link every customer of a pasted list (see customer_list.read). Takes what it can; the rest comes back refused.

    The same statements for one line and for thousands. A second time changes nothing.
    """
    understood = customer_list.read(text)
    result = _link(incident, understood.customers, by=by, at=at, tell_latest=tell_latest)
    return Linked(
        linked=result.linked,
        already=result.already + understood.repeated,
        silent=result.silent,
        told=result.told,
        refused=understood.refused,
    )


@transaction.atomic
def unlink_customer(*, customer: AffectedCustomer, by: Actor, at: datetime) -> None:
    """They hear no further update for this link. What was sent stays in the ledger; a second time changes nothing."""
    deleted, _ = AffectedCustomer.objects.filter(pk=customer.pk).delete()
    if deleted:
        AuditEvent.record(
            AuditVerb.UNLINKED_CUSTOMER, customer.incident, by=by, at=at, subscribers=[customer.subscriber_id]
        )


@transaction.atomic
def tell_latest(*, incident: Incident, by: Actor, at: datetime, customer: AffectedCustomer | None = None) -> int:
    """Send the incident's latest update to its linked customers, or to one, as far as they were not sent it before.

    Returns to how many it goes; nobody who must not be written to, and nobody twice.
    """
    linked = AffectedCustomer.objects.filter(incident=incident)
    if customer:
        linked = linked.filter(pk=customer.pk)
    told = _tell(incident, linked.values("subscriber"))
    if told:
        AuditEvent.record(AuditVerb.SENT_LATEST, incident, by=by, at=at, customers=told)
    return told


@transaction.atomic
def follow_merged(*, incident: Incident, into: Incident, by: Actor, at: datetime) -> None:
    """Link to `into` whoever is linked to `incident`, which was merged into it: they hear how it goes on."""
    known = AffectedCustomer.objects.filter(incident=into).values("subscriber")
    lacking = list(AffectedCustomer.objects.filter(incident=incident).exclude(subscriber__in=known))
    AffectedCustomer.objects.bulk_create(
        (
            AffectedCustomer(
                incident=into,
                subscriber_id=one.subscriber_id,
                name=one.name,
                reference=one.reference,
                ticket_url=one.ticket_url,
                linked_by=by,
                linked_at=at,
            )
            for one in lacking
        ),
        ignore_conflicts=True,  # a colleague links the same customer this moment
    )
    if lacking:
        ids = [one.subscriber_id for one in lacking]
        AuditEvent.record(AuditVerb.LINKED_CUSTOMERS, into, by=by, at=at, subscribers=ids)


def _link(incident: Incident, found: list[Customer], *, by: Actor, at: datetime, tell_latest: bool) -> Linked:
    subscribers = _subscribers((customer.address for customer in found), at)
    before = set(_linked(incident, subscribers).values_list("subscriber_id", flat=True))
    by_subscriber = {subscribers[customer.address]: customer for customer in found}
    ids = sorted(by_subscriber.keys() - before)
    if not ids:
        return Linked(linked=0, already=len(by_subscriber))
    AffectedCustomer.objects.bulk_create(
        (_row(incident, by_subscriber[pk], pk, by, at) for pk in ids),
        ignore_conflicts=True,  # a colleague links the same customer this moment
    )
    AuditEvent.record(AuditVerb.LINKED_CUSTOMERS, incident, by=by, at=at, subscribers=ids)
    return Linked(
        linked=len(ids),
        already=len(by_subscriber) - len(ids),
        silent=len(ids) - Subscriber.objects.reachable().filter(pk__in=ids, channel__in=offering.offered()).count(),
        told=_tell(incident, ids) if tell_latest else 0,
    )


def _row(incident: Incident, customer: Customer, subscriber_id: int, by: Actor, at: datetime) -> AffectedCustomer:
    return AffectedCustomer(
        incident=incident,
        subscriber_id=subscriber_id,
        name=customer.name,
        reference=customer.reference,
        ticket_url=customer.ticket_url,
        linked_by=by,
        linked_at=at,
    )


def _linked(incident: Incident, subscribers: dict[Address, int]):
    return AffectedCustomer.objects.filter(incident=incident, subscriber__in=subscribers.values())


def _subscribers(addresses: Iterable[Address], at: datetime) -> dict[Address, int]:
    """The subscriber of each address, made unconfirmed where there is none. A few statements for any number."""
    # In one order everywhere: two lists with the same addresses must not lock each other out.
    addresses = sorted(addresses)
    Subscriber.objects.bulk_create(
        (Subscriber(channel=channel, address=address) for channel, address in addresses), ignore_conflicts=True
    )
    erasing.heed(addresses, at=at)
    known = Q()
    for channel in Channel:
        known |= Q(channel=channel, address__in=[text for of, text in addresses if of == channel])
    rows = Subscriber.objects.filter(known).values_list("channel", "address", "pk")
    return {Address(Channel(channel), address): pk for channel, address, pk in rows}


def lacking_latest(incident: Incident) -> int:
    """How many linked customers may be written to and were not sent the latest update."""
    latest = _latest(incident)
    if latest is None:
        return 0
    linked = AffectedCustomer.objects.filter(incident=incident).values("subscriber")
    sent = Delivery.objects.filter(announcement=latest).values("subscriber")
    return _who_lacks(latest).filter(pk__in=linked).exclude(pk__in=sent).count()


def _latest(incident: Incident) -> Announcement | None:
    """Return what can still be sent: not what was recalled, and not what is rolled up, for of that nobody knows any
    more who had it."""
    latest = Announcement.objects.live().filter(incident=incident).newest_first().first()
    return None if latest is None or fanout.is_rolled_up(latest) else latest


def _who_lacks(latest: Announcement) -> QuerySet[Subscriber]:
    """Whoever may hear it but for those told something newer that is recalled by now: they go by its correction. Whose
    channel is not offered gets no row: once it is offered, it may be sent to them."""
    newer = Announcement.objects.after(latest).filter(incident=latest.incident_id)
    recipients = recipients_of(latest).filter(channel__in=offering.offered())
    for announcement in newer.values_list("pk", flat=True):
        recipients = recipients.exclude(pk__in=told(announcement).values("subscriber"))
    return recipients


def _tell(incident: Incident, subscribers) -> int:
    """Deliveries of the incident's latest announcement to these; returns how many were new."""
    latest = _latest(incident)
    if latest is None or fanout.is_rolled_up(latest, lock=True):
        return 0
    number = listing.insert(latest, _who_lacks(latest).filter(pk__in=subscribers))
    for channel in Channel if number else ():
        deliveries_due.send(AffectedCustomer, channel=channel)
    return number
