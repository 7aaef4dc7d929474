"""The look-up of a customer: found by name, address or reference, and what they got, notice by notice."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, TypedDict

from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from incidents.models import Announcement, Incident, Message

from ..addresses import Address
from ..models import AffectedCustomer, Delivery, Fanout, Subscriber, Suppression
from ..spellings import kept_as
from . import outcomes

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations


class RolledUp(TypedDict):
    is_rolled_up: bool


Kept: TypeAlias = "WithAnnotations[Announcement, RolledUp]"
FOUND = 50
_INCIDENTS = 10
_OTHERS = 25
_HEADINGS = {"told": "What it says", "waiting": "What it is going to say", "failed": "What it was to say"}


@dataclass(frozen=True)
class Told:
    """One announcement, or a message, and what became of it for one customer."""

    announcement: Announcement | None  # None: a message, or it asked to confirm a subscription
    delivery: Delivery | None
    outcome: outcomes.DeliveryOutcome

    @property
    def has_words(self) -> bool:
        """True where something went out to them, or will."""
        said = self.announcement or self.message
        if self.delivery is None or said is None or self.outcome.mark not in _HEADINGS:
            return False
        return self.outcome.mark != "waiting" or not _is_taken_back(said)

    @property
    def message(self) -> Message | None:
        """The message that it is, where it is no announcement."""
        return self.delivery.message if self.delivery else None

    @property
    def heading(self) -> str:
        """The heading of its words: what waits or failed did not tell them anything."""
        return _HEADINGS[self.outcome.mark]

    @property
    def mark(self) -> str:
        """The mark on the words themselves: withdrawn, a correction; empty where they simply hold."""
        if self.message:
            return outcomes.mark_of_message(self.message)
        return outcomes.mark_of(self.announcement) if self.announcement else ""


def _is_taken_back(said: Announcement | Message) -> bool:
    return bool(said.withdrawn_at) if isinstance(said, Message) else said.is_recalled


@dataclass(frozen=True)
class Story:
    """An incident to which somebody is linked, with everything that was published, newest first."""

    customer: AffectedCustomer
    told: list[Told]

    @property
    def newest(self) -> Told | None:
        """The newest notice that can still be sent: one that was not withdrawn."""
        return next((told for told in self.told if told.announcement and not told.announcement.is_recalled), None)


@dataclass(frozen=True)
class Person:
    """Everything that support may know of one address."""

    subscriber: Subscriber
    unreachable_reason: str
    stories: list[Story]
    others: Page  # of Delivery: notices about anything else

    @property
    def told_otherwise(self) -> list[Told]:
        """The notices of this page of `others`."""
        return [Told(delivery.announcement, delivery, outcomes.outcome_of(delivery)) for delivery in self.others]

    @property
    def name(self) -> str:
        return self.stories[0].customer.name if self.stories else self.subscriber.address


def with_customers(incidents: QuerySet) -> QuerySet:
    """Adds `customers`: how many are linked to each incident."""
    linked = AffectedCustomer.objects.filter(incident=OuterRef("pk")).order_by().values("incident")
    count = linked.annotate(rows=Count("pk")).values("rows")
    return incidents.annotate(customers=Coalesce(Subquery(count, output_field=IntegerField()), 0))


def search(text: str) -> tuple[list[AffectedCustomer], Subscriber | None]:
    """Linked customers by a part of name, address or reference; and a subscriber by the whole address alone, so that
    nobody leafs through those who have nothing to do with support."""
    linked = AffectedCustomer.objects.matching(text).with_standing().select_related("subscriber", "incident")
    found = list(linked.order_by("-linked_at", "pk")[:FOUND])
    known = {customer.subscriber_id for customer in found}
    return found, next((one for address in _spellings(text) if (one := _subscriber(address, known))), None)


def _spellings(text: str) -> list[Address]:
    """Return the address also as it was written once: a person who asks is found by what they say, and the screen shows
    what is kept."""
    try:
        return kept_as(text)
    except ValidationError:
        return []


def is_earlier(subscriber: Subscriber, text: str) -> bool:
    """Whether what was written by today's rule is another address than the one found."""
    return subscriber.address != _spellings(text)[0].address


def _subscriber(address: Address, known: set[int]) -> Subscriber | None:
    return Subscriber.objects.filter(**address._asdict()).exclude(pk__in=known).first()


def person(subscriber: Subscriber, page: str | None) -> Person:
    """Return what was sent to `subscriber`, and what was not and why. A fixed number of queries."""
    links = list(
        AffectedCustomer.objects.filter(subscriber=subscriber)
        .select_related("incident", "linked_by")
        .order_by("-linked_at", "-pk")[:_INCIDENTS]
    )
    incidents = [link.incident_id for link in links]
    mine = Delivery.objects.to([subscriber.pk]).order_by("-pk")
    others = mine.exclude(announcement__incident__in=incidents)
    others = others.select_related("message", *(f"announcement__{name}" for name in outcomes.MARKED_BY))
    return Person(
        subscriber=subscriber,
        unreachable_reason=outcomes.unreachable_reason(subscriber, _suppression_of(subscriber)),
        stories=_stories(links, mine.filter(announcement__incident__in=incidents)),
        others=Paginator(others, _OTHERS).get_page(page),
    )


def _stories(links: list[AffectedCustomer], deliveries: QuerySet) -> list[Story]:
    by_announcement = {delivery.announcement_id: delivery for delivery in deliveries}
    published: dict[int, list[Kept]] = {link.incident_id: [] for link in links}
    rolled_up = Fanout.objects.filter(announcement=OuterRef("pk"), rolled_up_at__isnull=False)
    announcements = Announcement.objects.filter(incident__in=published).annotate(is_rolled_up=Exists(rolled_up))
    for announcement in announcements.select_related(*outcomes.MARKED_BY).order_by("-pk"):
        published[announcement.incident_id].append(announcement)
    return [
        Story(link, [_told(announcement, link, by_announcement) for announcement in published[link.incident_id]])
        for link in links
    ]


def _told(announcement: Kept, link: AffectedCustomer, by_announcement: dict[int, Delivery]) -> Told:
    delivery = by_announcement.get(announcement.pk)
    return Told(
        announcement,
        delivery,
        outcomes.outcome_of(delivery)
        if delivery
        else outcomes.missing(announcement, link, is_rolled_up=announcement.is_rolled_up),
    )


def newest_words(incident: Incident) -> tuple[Announcement | None, Announcement | None]:
    """Return what was announced of `incident` last, and what of that holds: the same, but for what was withdrawn."""
    announced = incident.announcements.newest_first().select_related(*outcomes.MARKED_BY)
    return announced.first(), announced.live().first()


def _suppression_of(subscriber: Subscriber) -> Suppression | None:
    return Suppression.objects.filter(channel=subscriber.channel, address=subscriber.address).first()


def open_incidents() -> QuerySet[Incident]:
    """Return what customers may ask about now, with the number of those linked: incidents, then planned work as it
    comes."""
    return with_customers(Incident.all_kinds.open().order_by("kind", "scheduled_for", "-started_at", "-pk"))


def closed_incidents(number: int = 5) -> QuerySet[Incident]:
    """The last that ended: tickets about them still come in."""
    ended = Incident.all_kinds.filter(resolved_at__isnull=False).order_by("-resolved_at", "-pk")
    return with_customers(ended)[:number]
