"""The rows of the ledger as a worker holds them."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import cache
from typing import Any, NamedTuple

from django.db.models import CharField, DurationField, F, Q, QuerySet, SmallIntegerField, Value
from django.db.models.functions import Now

from statuspage.lib.prepared import Prepared, PreparedUpdate, Slot, ids

from ..enums import DeliveryState, RecipientKind
from ..models import Contact, Delivery

MAX_AGE = timedelta(hours=24)  # of a delivery that is tried again: news of yesterday helps nobody


class Recipient(NamedTuple):
    """Whom a row is for, as far as a message needs to know: a subscriber, or a contact.

    `link_version` makes the links of a subscriber. `is_active`: subscribed, or usable as a contact.
    """

    pk: int
    address: str
    link_version: int
    is_active: bool
    kind: RecipientKind = RecipientKind.SUBSCRIBER

    @property
    def is_staff(self) -> bool:
        return self.kind is RecipientKind.STAFF


class ClaimedDelivery(NamedTuple):
    """A delivery as it was when its lease began. `token`: whose it is. `attempts`: this one counted."""

    pk: int
    token: str
    channel: str
    announcement_id: int | None
    confirmation_id: int | None
    attempts: int
    priority: int
    possibly_doubled: bool
    is_too_old: bool
    recipient: Recipient
    refused_before: int = 0
    message_id: int | None = None

    @property
    def refusals(self) -> int:
        """How many attempts before this one had an outcome. An SMS is repeated once at most when it had none."""
        return max(self.refused_before + self.attempts - 1 - self.possibly_doubled, 0)


class Claim(NamedTuple):
    """Rows that are ours while the lease holds, the most urgent first.

    `suspect`: an earlier attempt has no known outcome. It may be the row that brings workers down, so it goes alone.
    `lost`: how many were being sent when an earlier lease ran out; they are settled or queued again already.
    """

    token: str
    fresh: list[ClaimedDelivery]
    suspect: list[ClaimedDelivery]
    lost: int

    def __len__(self) -> int:
        return len(self.fresh) + len(self.suspect) + self.lost


def columns(rows: QuerySet[Delivery]) -> "QuerySet[Delivery, tuple[Any, ...]]":
    """What `read` reads of them."""
    too_old = Q(created_at__lte=Now() - Value(MAX_AGE))
    active = Q(subscriber__confirmed_at__isnull=False, subscriber__unsubscribed_at=None)
    usable = Q(contact__in=Contact.objects.usable().values("pk"))
    return rows.annotate(too_old=too_old, active=active, usable=usable).values_list(
        *("pk", "state", "lease", "channel", "announcement_id", "confirmation_id", "attempts", "priority"),
        *("possibly_doubled", "too_old", "refused_before"),
        *("subscriber_id", "subscriber__address", "subscriber__link_version", "active"),
        *("message_id", "contact_id", "contact__address", "usable", "contact__kind"),
    )


@cache
def due_of_line() -> Prepared:
    """Those of a `channel`, a `priority` and an `announcement` that are due, as `columns`, locked."""
    line = Slot("channel", CharField()), Slot("priority", SmallIntegerField()), Slot("announcement")
    due = Delivery.objects.due(Slot("min_overdue", DurationField())).line(*line).order_by("visible_at")
    return Prepared(columns(due.select_for_update(skip_locked=True, of=("self",))))


@cache
def leased() -> PreparedUpdate:
    """Those of `ids` are being sent under `token`, for as long as `lease`."""
    return PreparedUpdate(
        Delivery.objects.filter(pk__in_ids=ids()),
        lease=Slot("token", CharField()),
        visible_at=Now() + Slot("lease", DurationField()),
        state=DeliveryState.SENDING,
        attempts=F("attempts") + 1,
    )


def read(rows: Iterable[tuple[Any, ...]], token: str) -> Iterator[tuple[ClaimedDelivery, str, str]]:
    """Each, given by its `columns`, with the state and the lease that it had until now."""
    for pk, state, lease, channel, announcement, confirmation, attempts, *rest in rows:
        priority, doubled, is_old, refused, *subscriber, message, contact, address, is_usable, kind = rest
        if contact is None:
            recipient = Recipient(*subscriber)
        else:
            recipient = Recipient(contact, address, 0, bool(is_usable), RecipientKind(kind))
        asked = (pk, token, channel, announcement, confirmation)
        row = ClaimedDelivery(*asked, attempts + 1, priority, doubled, is_old, recipient, refused, message)
        yield row, state, lease
