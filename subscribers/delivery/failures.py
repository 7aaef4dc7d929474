"""The failures that stay: listed, narrowed by the address bar, and picked for another attempt."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Replace

from incidents.enums import MessageKind
from incidents.models import Announcement, Incident, Message

from ..enums import FAILURES, Channel, DeliveryCause, DeliveryState
from ..models import Delivery

RECENT = timedelta(days=7)
REASONS = 50
CONFIRMATIONS = "confirmations"
# Relays repeat the address: of ten thousand who are unknown each would be a reason of its own.
_ADDRESS = Coalesce("subscriber__address", "contact__address")
_WORDS = Replace("reason", _ADDRESS, Value("…"))  # type: ignore[arg-type]  # any expression will do


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A choice of failures. A field that is empty narrows nothing; without an announcement it is those of the last
    week."""

    announcement: str = ""  # a public id, also of a bulletin, or CONFIRMATIONS
    channel: str = ""
    state: str = ""
    cause: str = ""
    reason: str = ""  # the provider's words as `reasons` gives them, or as they were said

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "Choice":
        """Read a choice from an address bar or a form. Values that do not exist are passed over."""
        found = {name: query.get(name, "").replace("\0", "")[:300] for name in cls.__dataclass_fields__}
        if found["channel"] not in Channel.values:
            found["channel"] = ""
        if found["state"] not in FAILURES:
            found["state"] = ""
        if found["cause"] not in DeliveryCause.values:
            found["cause"] = ""
        return cls(**found)

    def query(self, **changes: str) -> dict[str, str]:
        """Return the choice with `changes` as the query of an address; what is empty is left out."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__} | changes
        return {name: value for name, value in values.items() if value}

    def rows(self, *, at: datetime) -> QuerySet[Delivery]:
        """The failures that are meant, as seen `at`. By the ledger's index of failures."""
        found = Delivery.objects.filter(self._about(at), state__in=[self.state] if self.state else FAILURES)
        if self.channel:
            found = found.filter(channel=self.channel)
        if self.cause:
            found = found.filter(cause=self.cause)
        said = Q(words=self.reason) | Q(reason=self.reason)
        return found.alias(words=_WORDS).filter(said) if self.reason else found

    def _about(self, at: datetime) -> Q:
        if self.announcement == CONFIRMATIONS:
            return Q(confirmation__isnull=False, created_at__gt=at - RECENT)
        if self.announcement:
            of_bulletin = Message.objects.filter(kind=MessageKind.BULLETIN, key=self.announcement)
            announced = _keys(Announcement.objects.filter(public_id=self.announcement))
            told = list(of_bulletin.values_list("pk", flat=True))
            return Q(announcement__in=announced) | Q(announcement=None, message__in=told)
        recent = _keys(Announcement.objects.filter(created_at__gt=at - RECENT))
        return Q(announcement__in=recent) | Q(announcement=None, created_at__gt=at - RECENT)


@dataclass(frozen=True, kw_only=True)
class Lost:
    """The notices that `failed` for good, the `unknown` among them, as numbers, and the `choice` that lists them."""

    failed: int
    unknown: int
    choice: Choice


def of_what_is_open(*, at: datetime) -> Lost | None:
    """Count the failures of the last week that announced what is not over; None without any. Uses the ledger's index of
    failures."""
    open_ones = Announcement.objects.filter(incident__in=Incident.objects.open(), created_at__gt=at - RECENT)
    names = dict(open_ones.order_by().values_list("pk", "public_id"))
    rows = Delivery.objects.filter(announcement__in=names, state__in=FAILURES)
    counted = rows.order_by().values_list("announcement", "state").annotate(rows=Count("pk"))
    found = [(names[announcement], state, number) for announcement, state, number in counted]
    if not found:
        return None
    about = {name for name, _, _ in found}
    return Lost(
        failed=sum(number for _, _, number in found),
        unknown=sum(number for _, state, number in found if state == DeliveryState.UNKNOWN),
        choice=Choice(announcement=about.pop() if len(about) == 1 else ""),
    )


def _keys(announcements: QuerySet[Announcement]) -> list[int]:
    return list(announcements.order_by().values_list("pk", flat=True))


def reasons(rows: QuerySet[Delivery]) -> list[tuple[str, str, str, int]]:
    """(state, cause, the provider's words, how many) of `rows`, the most frequent first; REASONS at most. "…" is the
    address."""
    counted = rows.order_by().annotate(words=_WORDS).values_list("state", "cause", "words").annotate(rows=Count("pk"))
    return list(counted.order_by("-rows", "state", "cause", "words")[:REASONS])
