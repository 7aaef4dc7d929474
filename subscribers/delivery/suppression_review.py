"""Suppressions looked at by their reason, and lifted by it: what was read wrongly once was read wrongly of many."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from itertools import islice

from django.db import transaction
from django.db.models import Count, Max, Min, Q, QuerySet

from incidents.audit_verbs import AuditVerb
from incidents.models import Actor, AuditEvent, Site
from statuspage.lib.alike import alike

from ..channels import registry
from ..channels.verdicts import SUPPRESS, Verdict
from ..enums import Channel, DeliveryCause, DeliveryState, SuppressionCause, SuppressionSource
from ..models import Delivery, Subscriber, Suppression
from ..models.delivery import skipped_for

_BATCH = 1_000


@dataclass(kw_only=True)
class Group:
    """Suppressions of one channel, source and cause, whose reasons differ in addresses and numbers at most.

    `id` is the same at every look. `verdict`: what a mail server's or gateway's words mean by today's rule; None where
    the reason is nobody's words.
    """

    id: str
    channel: Channel
    source: SuppressionSource
    cause: str
    words: str
    example: str
    verdict: Verdict | None
    number: int
    oldest: datetime
    newest: datetime

    @property
    def is_the_owner_s(self) -> bool:
        return self._one.is_the_owner_s

    @property
    def is_doubtful(self) -> bool:
        """Today such words would suppress nobody."""
        return self.verdict not in (None, *SUPPRESS) and not self.is_the_owner_s

    @property
    def today(self) -> str:
        return today(self._one)

    @property
    def _one(self) -> Suppression:
        return Suppression(channel=self.channel, source=self.source, cause=self.cause, reason=self.example)


@dataclass(frozen=True, kw_only=True)
class Lifted:
    """The result of lifting: how many suppressions; whose of them are subscribed, and hear from the next update on; and
    how many deliveries to those failed or were left out since the oldest."""

    suppressions: int
    subscribers: int
    deliveries: int


def groups() -> list[Group]:
    """All there are, the largest first."""
    found: dict[str, Group] = {}
    suppressed = Suppression.objects.order_by().values_list("channel", "source", "cause", "reason")
    counted = suppressed.annotate(rows=Count("pk"), oldest=Min("created_at"), newest=Max("created_at"))
    for channel, source, cause, reason, number, oldest, newest in counted:
        key = _key(channel, source, cause, reason)
        if group := found.get(key):
            group.number += number
            group.oldest, group.newest = min(group.oldest, oldest), max(group.newest, newest)
        else:
            found[key] = Group(
                id=key,
                channel=Channel(channel),
                source=SuppressionSource(source),
                cause=cause,
                words=alike(Suppression(cause=cause, reason=reason).why),
                example=reason,
                verdict=_verdict(channel, cause, reason),
                number=number,
                oldest=oldest,
                newest=newest,
            )
    return sorted(found.values(), key=lambda group: (-group.number, group.id))


def _key(channel: str, source: str, cause: str, reason: str) -> str:
    """Return the id of a group, which holds the verdict too: what differs in numbers alone may differ in what it
    means."""
    said = f"{channel}\n{source}\n{cause}\n{_verdict(channel, cause, reason)}\n{alike(reason)}"
    return blake2b(said.encode(), digest_size=4).hexdigest()


def today(suppression: Suppression) -> str:
    """Return what today's rule makes of a suppression: "address dead", or "unknown (doubtful)" where it would suppress
    nobody."""
    if suppression.is_the_owner_s:
        return "the owner's word"
    verdict = _verdict(suppression.channel, suppression.cause, suppression.reason)
    if verdict is None:
        return "not read"
    return verdict if verdict in SUPPRESS else f"{verdict} (doubtful)"


def rows(group: Group) -> QuerySet[Suppression]:
    """Return the suppressions of `group`."""
    return Suppression.objects.filter(pk__in_ids=[pk for pk, _ in _theirs(group)])


def _verdict(channel: str, cause: str, reason: str) -> Verdict | None:
    if cause == SuppressionCause.LASTING:  # once such words meant less
        return Verdict.ADDRESS_DEAD
    return registry.of(channel).verdict_of(reason) if cause == SuppressionCause.REFUSED else None


@transaction.atomic
def lift(*, group: Group, by: Actor, at: datetime) -> Lifted:
    """A person says of all of `group`: write to them again. Raises ValueError where that is the owner's to say."""
    if group.is_the_owner_s:
        raise ValueError("What its owner asked for only its owner takes back.")
    suppressions = subscribers = deliveries = 0
    theirs = _theirs(group)
    while batch := list(islice(theirs, _BATCH)):
        ids, addresses = zip(*batch, strict=True)
        subscribers += _subscribed(group, addresses).count()
        deliveries += _missed(group, addresses)
        suppressions += Suppression.objects.filter(pk__in=ids).delete()[0]
    about = {"channel": group.channel, "source": group.source, "reason": group.words}
    AuditEvent.record(AuditVerb.LIFTED_SUPPRESSIONS, Site.load(), by=by, at=at, suppressions=suppressions, **about)
    return Lifted(suppressions=suppressions, subscribers=subscribers, deliveries=deliveries)


def _theirs(group: Group) -> Iterator[tuple[int, str]]:
    about = (group.channel, group.source, group.cause)
    rows = Suppression.objects.filter(channel=group.channel, source=group.source, cause=group.cause).order_by("pk")
    for pk, address, reason in list(rows.values_list("pk", "address", "reason")):
        if _key(*about, reason) == group.id:
            yield pk, address


def _subscribed(group: Group, addresses: tuple[str, ...]) -> QuerySet[Subscriber]:
    return Subscriber.objects.active().filter(channel=group.channel, address__in=addresses)


def _missed(group: Group, addresses: tuple[str, ...]) -> int:
    failed = Q(state__in=(DeliveryState.FAILED, DeliveryState.BOUNCED))
    left_out = Q(skipped_for=DeliveryCause.SUPPRESSED)
    theirs = Delivery.objects.to(_subscribed(group, addresses).values_list("pk", flat=True))
    theirs = theirs.filter(created_at__gte=group.oldest).alias(skipped_for=skipped_for())
    return theirs.filter(failed | left_out).count()
