"""Whom nobody can tell: readers on a channel that is not offered, and what waits for it."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from incidents.models import Incident

from .. import offering
from ..enums import Channel
from ..models import AffectedCustomer, Delivery, Subscriber


@dataclass(frozen=True, kw_only=True)
class Unreached:
    """One such channel. `readers`: who want to hear by it now; `waiting`: messages from when it was offered."""

    channel: Channel
    readers: int
    waiting: int

    def __str__(self):
        return f"{self.what_is_wrong}. {self.what_follows}"

    @property
    def what_is_wrong(self) -> str:
        return f"{self.channel.label} reaches nobody: {offering.why_not(self.channel)}"

    @property
    def what_follows(self) -> str:
        people = "1 person who wants" if self.readers == 1 else f"{self.readers:,} people who want"
        said = [f"{people} to hear by it {'is' if self.readers == 1 else 'are'} told nothing."] if self.readers else []
        messages = "1 message waits" if self.waiting == 1 else f"{self.waiting:,} messages wait"
        said += [f"{messages} for it, each for a day at most."] if self.waiting else []
        return " ".join(said) or "Nobody can sign up for it."


def unreached() -> list[Unreached]:
    """The channels that are not offered though somebody wants to hear by them; all, where none is offered."""
    missing = offering.missing()
    found = [Unreached(channel=one, readers=_readers(one), waiting=_waiting(one)) for one in missing]
    return [one for one in found if one.readers or one.waiting or len(missing) == len(Channel)]


def _readers(channel: Channel) -> int:
    linked = AffectedCustomer.objects.filter(
        subscriber=OuterRef("pk"), incident__in=Incident.all_kinds.open().order_by().values("pk")
    )
    theirs = Subscriber.objects.reachable().filter(channel=channel)
    return theirs.filter(Q(confirmed_at__isnull=False) | Exists(linked)).count()


def _waiting(channel: Channel) -> int:
    return Delivery.objects.waiting().filter(channel=channel).count()
