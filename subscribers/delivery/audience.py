"""Who hears an announcement, and who a bulletin: one QuerySet each, used by the preview and by the fan-out."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from incidents.models import Announcement, Component, Incident, Message
from statuspage.lib.prepared import Slot

from ..enums import Channel, DeliveryState
from ..models import AffectedCustomer, Delivery, Fanout, Subscriber, Subscription
from ..models.subscriber import SubscriberQuerySet

_NOT_TOLD = (DeliveryState.QUEUED, DeliveryState.SKIPPED, DeliveryState.FAILED)


def recipients_of(announcement: Announcement) -> SubscriberQuerySet:
    """The subscribers whom `announcement` must reach, each once."""
    return audience(**traits(announcement))


def traits(announcement: Announcement) -> dict[str, Any]:
    """What of `announcement` decides who hears it: the arguments of `audience`."""
    return {
        "component_ids": announcement.component_ids,
        "incident_id": announcement.incident_id,
        "is_milestone": announcement.is_milestone,
        "corrects": announcement.corrects_id,
    }


def told(announcement_id: int | Slot) -> QuerySet[Delivery]:
    """The deliveries of an announcement that reached their readers, or may have."""
    return Delivery.objects.filter(announcement=announcement_id).exclude(state__in=_NOT_TOLD)


def is_rolled_up(announcement_id: int | None) -> bool:
    """Return whether of an announcement numbers alone are kept: whom it reached is not known any more."""
    return Fanout.objects.filter(announcement=announcement_id, rolled_up_at__isnull=False).exists()


def numbers(announcement: Announcement, *, merges: Incident | None = None) -> dict[Channel, int]:
    """How many hear `announcement` on each channel: nobody while its incident is hidden. One aggregate.

    `merges`: the incident that this merges, whose linked customers hear it too.
    """
    recipients = recipients_of(announcement)
    if merges:
        recipients |= audience(**traits(announcement) | {"incident_id": merges.pk})
    return by_channel(recipients if announcement.incident.is_public else recipients.none())


def by_channel(recipients: SubscriberQuerySet) -> dict[Channel, int]:
    """How many of `recipients` there are on each channel. One aggregate."""
    found = dict(recipients.order_by().values_list("channel").annotate(number=Count("pk")))
    return {channel: found.get(channel, 0) for channel in Channel}


def everyone() -> SubscriberQuerySet:
    """The subscribers who hear what concerns the whole page, whatever components they chose."""
    return Subscriber.objects.active().reachable()


def recipients_of_message(message: Message) -> SubscriberQuerySet:
    """The subscribers whom `message` must reach, of those who had confirmed when it was to be sent: a bulletin reaches
    everyone, a reminder whoever hears of the planned work between its beginning and its end."""
    heard = everyone() if message.incident is None else reminded(message.incident)
    return heard.confirmed_by(message.send_at)


def reminded(maintenance: Incident) -> SubscriberQuerySet:
    """The subscribers who are reminded of `maintenance`: nobody where the public must not know of it."""
    public = maintenance.affected.filter(component__in=Component.objects.public())
    names = list(public.values_list("component_id", flat=True))
    hearing = audience(component_ids=names, incident_id=maintenance.pk, is_milestone=False)
    return hearing if maintenance.is_public else hearing.none()


def audience(
    *,
    component_ids: Iterable[int] | Slot,
    incident_id: int | Slot | None = None,
    is_milestone: bool = True,
    corrects: int | Slot | None = None,
) -> SubscriberQuerySet:
    """Return the subscribers who would hear an update about these components: those who asked for it and those linked
    to the incident.

    `is_milestone`: it opens or closes the incident, so it goes also to those who want no update in between.
    `corrects`: the id of an announcement that was wrong. Whoever was told that hears it, whatever they want to hear.
    An address that took its consent back or must not be written to hears nothing, linked or not.
    """
    wanted = Exists(Subscription.objects.filter(subscriber=OuterRef("pk"), component__pk__in_ids=component_ids))
    asked = Q(confirmed_at__isnull=False) & (Q(everything=True) | Q(wanted))
    if not is_milestone:
        asked &= Q(every_update=True)
    linked = Exists(AffectedCustomer.objects.filter(subscriber=OuterRef("pk"), incident_id=incident_id))  # type: ignore[misc]  # None: nobody
    recipients = asked | Q(linked)
    if corrects is not None:
        recipients |= Q(Exists(told(corrects).filter(subscriber=OuterRef("pk"))))
    return Subscriber.objects.reachable().filter(recipients)


def choosers() -> SubscriberQuerySet:
    """Return those who hear of the components alone that they chose."""
    return Subscriber.objects.reachable().filter(confirmed_at__isnull=False, everything=False)


def waiting_for(component: Component) -> QuerySet[Subscription]:
    """Whoever chose `component` and still wants to hear of it."""
    waits = Subscriber.objects.filter(unsubscribed_at=None, everything=False).values("pk")
    return Subscription.objects.filter(component=component, subscriber__in=waits)


def waiting_for_it_alone(component: Component) -> QuerySet[Subscription]:
    """Return those of them who chose nothing else that the public may know of: without it they hear nothing."""
    others = Subscription.objects.filter(component__in=Component.objects.public()).exclude(component=component)
    return waiting_for(component).exclude(Exists(others.filter(subscriber=OuterRef("subscriber"))))
