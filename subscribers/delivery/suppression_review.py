"""Suppressions looked at by their reason, and lifted by it: what was read wrongly once was read wrongly of many."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from itertools import islice

from django.db import transaction
from django.db.models import Count, Max, Min, Q, QuerySet

from incidents.enums import AuditVerb
from incidents.models import Actor, AuditEvent, Site
from statuspage.lib.alike import alike

from ..channels.email import dsn
from ..channels.sms import reasons
from ..channels.verdicts import Verdict
from ..enums import Channel, DeliveryState, SkipReason, SuppressionSource
from ..models import Delivery, Subscriber, Suppression
from ..models.suppression import LASTING
from .reports import COMPLAINED

_BATCH = 1_000


@dataclass(kw_only=True)
class Group:
    """Suppressions of one channel and source, whose reasons differ in addresses and numbers at most.

    `id` is the same at every look. `verdict`: what a mail server's or gateway's words mean by today's rule; None where
    the reason is nobody's words.
    """

    id: str
    channel: Channel
    source: SuppressionSource
    words: str
    example: str
    verdict: Verdict | None
    number: int
    oldest: datetime
    newest: datetime

    @property
    def is_the_owner_s(self) -> bool:
        return Suppression(source=self.source, reason=self.example).is_the_owner_s

    @property
    def is_doubtful(self) -> bool:
        """Today such words would suppress nobody."""
        return self.verdict not in (None, Verdict.ADDRESS_DEAD) and not self.is_the_owner_s

    @property
    def today(self) -> str:
        return today(Suppression(channel=self.channel, source=self.source, reason=self.example))


@dataclass(frozen=True, kw_only=True)
class Lifted:
    """How many suppressions; whose of them are subscribed, and hear from the next update on; and how many deliveries to
    those failed or were left out since the oldest."""

    suppressions: int
    subscribers: int
    deliveries: int


def groups() -> list[Group]:
    """All there are, the largest first."""
    found: dict[str, Group] = {}
    suppressed = Suppression.objects.order_by().values_list("channel", "source", "reason")
    counted = suppressed.annotate(rows=Count("pk"), oldest=Min("created_at"), newest=Max("created_at"))
    for channel, source, reason, number, oldest, newest in counted:
        key = _key(channel, source, reason)
        if group := found.get(key):
            group.number += number
            group.oldest, group.newest = min(group.oldest, oldest), max(group.newest, newest)
        else:
            found[key] = Group(
                id=key,
                channel=Channel(channel),
                source=SuppressionSource(source),
                words=alike(reason),
                example=reason,
                verdict=_verdict(channel, reason),
                number=number,
                oldest=oldest,
                newest=newest,
            )
    return sorted(found.values(), key=lambda group: (-group.number, group.id))


def _key(channel: str, source: str, reason: str) -> str:
    """By the verdict too: what differs in numbers alone may differ in what it means."""
    said = f"{channel}\n{source}\n{_verdict(channel, reason)}\n{alike(reason)}"
    return blake2b(said.encode(), digest_size=4).hexdigest()


def today(suppression: Suppression) -> str:
    """What today's rule makes of one: "address dead", or "unknown (doubtful)" where it would suppress nobody."""
    if suppression.is_the_owner_s:
        return "the owner's word"
    verdict = _verdict(suppression.channel, suppression.reason)
    if verdict is None:
        return "not read"
    return verdict if verdict is Verdict.ADDRESS_DEAD else f"{verdict} (doubtful)"


def rows(group: Group) -> QuerySet[Suppression]:
    """Those of `group`."""
    return Suppression.objects.filter(pk__among=[pk for pk, _ in _theirs(group)])


def _verdict(channel: str, reason: str) -> Verdict | None:
    if reason == COMPLAINED:
        return None
    if reason.startswith(LASTING):  # once they meant less
        return Verdict.ADDRESS_DEAD
    if channel == Channel.SMS:
        return reasons.verdict_of(reason)
    return dsn.verdict_of(reason) if dsn.speaks_in_codes(reason) else None


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
    rows = Suppression.objects.filter(channel=group.channel, source=group.source).order_by("pk")
    for pk, address, reason in list(rows.values_list("pk", "address", "reason")):
        if _key(group.channel, group.source, reason) == group.id:
            yield pk, address


def _subscribed(group: Group, addresses: tuple[str, ...]) -> QuerySet[Subscriber]:
    return Subscriber.objects.active().filter(channel=group.channel, address__in=addresses)


def _missed(group: Group, addresses: tuple[str, ...]) -> int:
    failed = Q(state__in=(DeliveryState.FAILED, DeliveryState.BOUNCED))
    left_out = Q(state=DeliveryState.SKIPPED, reason=SkipReason.SUPPRESSED)
    theirs = Delivery.objects.filter(subscriber__in=_subscribed(group, addresses), created_at__gte=group.oldest)
    return theirs.filter(failed | left_out).count()
