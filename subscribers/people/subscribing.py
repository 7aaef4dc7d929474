"""Asking for notices, confirming it, changing one's mind. Only the owner of an address changes what it hears."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from incidents.audit_verbs import AuditVerb
from incidents.models import AuditEvent, Component

from .. import offering
from ..addresses import Address
from ..enums import CONFIRMATION_PRIORITY, Channel, DeliveryCause, DeliveryState
from ..models import Confirmation, Delivery, ErasedAddress, Subscriber, Subscription, Suppression
from ..models.erased import Why
from ..signals import deliveries_due

CONFIRMATIONS_A_DAY = 2


@transaction.atomic
def request_subscription(
    *,
    channel: Channel,
    address: str,
    everything: bool,
    components: Iterable[Component],
    every_update: bool,
    at: datetime,
) -> None:
    """Ask the owner of a normalised `address` whether it wants this. Nothing else changes until they say so.

    Says nothing back, so that no door can tell a known address from an unknown one. Silently sends nothing to a
    suppressed address, and no more than CONFIRMATIONS_A_DAY to any.
    """
    choice = {"everything": everything, "every_update": every_update}
    subscriber = _locked(Address(Channel(channel), address), choice)  # a hundred at once count one after the other
    if subscriber.confirmations.filter(requested_at__gt=at - timedelta(days=1)).count() >= CONFIRMATIONS_A_DAY:
        return
    confirmation = subscriber.confirmations.create(
        component_ids=sorted(component.pk for component in components), requested_at=at, **choice
    )
    # A row also where nothing will be sent: the answer takes the same time, and the ledger can say why.
    why_not = _why_not_asked(Address(Channel(channel), address))
    Delivery.objects.create(
        confirmation=confirmation,
        subscriber=subscriber,
        channel=channel,
        priority=CONFIRMATION_PRIORITY,
        state=DeliveryState.SKIPPED if why_not else DeliveryState.QUEUED,
        cause=why_not,
    )
    deliveries_due.send(Delivery, channel=channel)


def _locked(address: Address, choice: dict[str, bool]) -> Subscriber:
    """The subscriber of `address`, made where there is none; nobody else changes it until the transaction ends."""
    while True:  # it may be erased between the two statements
        Subscriber.objects.get_or_create(**address._asdict(), defaults=choice)
        if found := Subscriber.objects.select_for_update().filter(**address._asdict()).first():
            return found


def _why_not_asked(address: Address) -> str:
    """Return why the message may not go; empty where it may."""
    # Both are asked, whatever the first says: the answer takes the same time.
    suppressed = Suppression.objects.filter(**address._asdict()).exists()
    erased = ErasedAddress.objects.among([address]).get(address)
    # Whoever had unsubscribed before they were erased may ask anew, as anybody who unsubscribed.
    if suppressed or erased in (Why.SUPPRESSED, Why.ASKED):
        return DeliveryCause.SUPPRESSED
    return "" if offering.is_offered(address.channel) else DeliveryCause.NOT_OFFERED


@transaction.atomic
def confirm(*, confirmation: Confirmation, at: datetime) -> bool:
    """Make what was asked for the subscriber's choice, once; also for somebody who had unsubscribed.

    False, and nothing is written, where it came too late or names only components that are gone. A second time
    changes nothing, whatever the subscriber has chosen since.
    """
    confirmation = (
        Confirmation.objects.select_related("subscriber").select_for_update(of=("self",)).get(pk=confirmation.pk)
    )
    if confirmation.confirmed_at:
        return True
    if not confirmation.is_open(at):
        return False
    confirmation.confirmed_at = at
    confirmation.save(update_fields=["confirmed_at"])
    change(
        subscriber=confirmation.subscriber,
        everything=confirmation.everything,
        components=confirmation.components(),
        every_update=confirmation.every_update,
        at=at,
    )
    return True


@transaction.atomic
def change(
    *, subscriber: Subscriber, everything: bool, components: Iterable[Component], every_update: bool, at: datetime
) -> Subscriber:
    """Save what the owner of the address wants from now on. It is their word, so it confirms and takes an end back."""
    subscriber = Subscriber.objects.select_for_update().get(pk=subscriber.pk)
    if not subscriber.is_active:
        subscriber.confirmed_at, subscriber.unsubscribed_at, subscriber.consent = at, None, ""
    subscriber.everything, subscriber.every_update = everything, every_update
    subscriber.save(update_fields=["everything", "every_update", "confirmed_at", "unsubscribed_at", "consent"])
    subscriber.subscriptions.all().delete()
    if not everything:
        Subscription.objects.bulk_create(
            Subscription(subscriber=subscriber, component=component) for component in components
        )
    return subscriber


def unsubscribe(*, subscriber: Subscriber, at: datetime) -> None:
    """End a subscription: nothing more goes to this address, also not as an affected customer. A second time changes
    nothing."""
    Subscriber.objects.filter(pk=subscriber.pk, unsubscribed_at=None).update(unsubscribed_at=at)


@transaction.atomic
def end_links(*, subscriber: Subscriber, at: datetime, by=None) -> None:
    """End all links: nothing that was sent before lets anybody see or change this subscription; the next message brings
    a new one.

    An old one still ends it: see `links.read_ending`. `by`: who did it, if not the owner.
    """
    Subscriber.objects.filter(pk=subscriber.pk).update(link_version=F("link_version") + 1, links_ended_at=at)
    AuditEvent.record(AuditVerb.ENDED_LINKS, subscriber, by=by, at=at)
