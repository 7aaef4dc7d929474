"""The rows of the ledger as a worker holds them."""

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Now

from ..enums import RecipientKind
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


def read(rows: QuerySet[Delivery], token: str) -> Iterator[tuple[ClaimedDelivery, str, str]]:
    """Each with the state and the lease that it had until now."""
    too_old = Q(created_at__lte=Now() - Value(MAX_AGE))
    active = Q(subscriber__confirmed_at__isnull=False, subscriber__unsubscribed_at=None)
    usable = Q(contact__in=Contact.objects.usable().values("pk"))
    values = rows.annotate(too_old=too_old, active=active, usable=usable).values_list(
        *("pk", "state", "lease", "channel", "announcement_id", "confirmation_id", "attempts", "priority"),
        *("possibly_doubled", "too_old", "refused_before"),
        *("subscriber_id", "subscriber__address", "subscriber__link_version", "active"),
        *("message_id", "contact_id", "contact__address", "usable", "contact__kind"),
    )
    for pk, state, lease, channel, announcement, confirmation, attempts, *rest in values:
        priority, doubled, is_old, refused, *subscriber, message, contact, address, is_usable, kind = rest
        if contact is None:
            recipient = Recipient(*subscriber)
        else:
            recipient = Recipient(contact, address, 0, bool(is_usable), RecipientKind(kind))
        asked = (pk, token, channel, announcement, confirmation)
        row = ClaimedDelivery(*asked, attempts + 1, priority, doubled, is_old, recipient, refused, message)
        yield row, state, lease
