"""The check that the ledger keeps its promises: from the ledger alone, and against a journal of what was handed over.

| invariant | what holds |
|---|---|
| complete | whoever hears it and could have been listed then has a row |
| settled | every row reaches a final state, unless somebody holds it back |
| once | who is sent got one copy, or is flagged as possibly doubled |
| one name | one Message-ID a person, and one person a Message-ID |
| permitted | nobody gets it after a recall, a STOP, an unsubscribe or a skip |
| known | nobody was written to who has no row, and no row names somebody who is not there |

What the ledger alone can say of an old announcement has a limit: who wanted to hear it is not written down but in its
rows. `complete` therefore asks who would hear it now and could have heard it then; somebody who chose other components
since, took a STOP back, or was known here before an import brought an older consent, is reported though nothing is
wrong. Of rows that are rolled up only the number can be held against it. `once`, `one name` and `known` need the
journal of a relay or a gateway.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from incidents.enums import PROVES, MessageKind
from incidents.models import Announcement, Message

from ..enums import WAITING, DeliveryState
from ..models import AffectedCustomer, Contact, Delivery, DeliveryCount, Fanout, Subscriber, Suppression
from ..models.delivery import skipped_for
from .audience import recipients_of, recipients_of_message
from .fanout import LATEST_COMMIT, is_rolled_up
from .pauses import flowing
from .retention import is_forgotten

Said = Announcement | Message
_TO_SUBSCRIBERS = (MessageKind.BULLETIN, MessageKind.MAINTENANCE_REMINDER)
_ADDRESS = Coalesce("subscriber__address", "contact__address")
NAMED = 20  # of each kind of violation; the rest is counted
# What was handed over when a recall or a suppression came is out within this: a lease.
IN_FLIGHT = timedelta(minutes=3)
LISTED_WITHIN = timedelta(minutes=10)
# A row is given up, or sent, within a day; then an hour for the last attempt.
SETTLED_WITHIN = timedelta(hours=25)
_OUT = (DeliveryState.SENT, DeliveryState.DELIVERED)


class Handed(NamedTuple):
    """One line of a journal: to whom, under which id (of an SMS its text), and when where the journal says so."""

    to: str
    id: str
    at: datetime | None = None


def violations(said: Said, journal: Iterable[Handed] | None = None, *, settled: bool = False) -> list[str]:
    """Return what is wrong, a sentence each; an empty list if nothing is. The journal speaks of what is `said` alone.

    `settled`: nothing may be on its way any more, however young. Of what is rolled up into counts nothing can be told.
    """
    if isinstance(said, Message):
        found = [*_unaddressed(said, settled), *_unsettled(said, settled), *_message_too_late(said)]
    elif is_rolled_up(said):
        return []
    else:
        found = [*_missing(said, settled), *_unsettled(said, settled), *_too_late(said)]
    found += _to_nobody(said)
    if journal is not None:
        found += _against(said, list(journal))
    return found


def belongs_to(said: Said, entry: Handed) -> bool:
    """Whether a journal of everything speaks of it here: by the name that its mails carry."""
    return entry.id.startswith(f"<{said.public_id}.")


def _unaddressed(message: Message, settled: bool) -> Iterator[str]:
    """`complete`, of a message to staff: each address of theirs that was usable when it was listed has a row. Of a
    bulletin or a reminder: whoever had confirmed by its time has one, until it is forgotten."""
    if message.listed_at is None:
        is_late = message.send_at < timezone.now() - LISTED_WITHIN
        if not message.withdrawn_at and (settled or is_late):
            yield "complete: nobody is written to yet"
        return
    if message.kind == MessageKind.STAFF_MESSAGE:
        row = Delivery.objects.filter(message=message, contact=OuterRef("pk"))
        owed = Contact.objects.usable().filter(person=message.person, verified_at__lt=message.listed_at)
        lacking = owed.exclude(Exists(row)).order_by("pk")
        yield from _named("complete: {} has no row", lacking.values_list("address", flat=True))
    elif message.kind in _TO_SUBSCRIBERS and not (message.withdrawn_at or is_forgotten(message, timezone.now())):
        told = Delivery.objects.filter(message=message, subscriber=OuterRef("pk"))
        missed = recipients_of_message(message).exclude(Exists(told)).order_by("pk")
        yield from _named("complete: {} has no row", missed.values_list("address", flat=True))


def _message_too_late(message: Message) -> Iterator[str]:
    """`permitted`: nothing after it was withdrawn, to an address that is not proved, or after an unsubscribe."""
    sent = message.deliveries.filter(state__in=_OUT).order_by("pk")
    if message.withdrawn_at:
        late = sent.filter(sent_at__gt=message.withdrawn_at + IN_FLIGHT)
        yield from _named("permitted: {} was sent it after it was withdrawn", late.values_list(_ADDRESS, flat=True))
    if message.kind not in PROVES:
        unproved = sent.filter(contact__isnull=False, contact__verified_at=None)
        yield from _named("permitted: {} is not verified", unproved.values_list(_ADDRESS, flat=True))
    yield from _to_the_unwilling(sent)


def _missing(announcement: Announcement, settled: bool) -> Iterator[str]:
    """`complete`: whoever hears it and could have been listed then has a row, once the list is complete."""
    if announcement.is_recalled:  # nobody more is listed
        return
    is_late = announcement.created_at < timezone.now() - LISTED_WITHIN
    fanout = Fanout.objects.filter(announcement=announcement, finished_at__isnull=False).first()
    if fanout is None or (is_late and fanout.settled_at is None):
        if settled or is_late:
            yield "complete: the list of who hears it is not complete"
        return
    is_over = settled or fanout.settled_at is not None
    # Whose yes may still be on its way into the database is not missing yet: see fanout.catch_up.
    then = announcement.created_at if is_over else announcement.created_at - LATEST_COMMIT
    linked = AffectedCustomer.objects.filter(
        subscriber=OuterRef("pk"), incident=announcement.incident_id, linked_at__lte=then
    )
    row = Delivery.objects.filter(announcement=announcement, subscriber=OuterRef("pk"))
    confirmed = Q(confirmed_at__lte=then, created_at__lte=then)
    owed = recipients_of(announcement).filter(confirmed | Exists(linked)).exclude(Exists(row))
    rolled_up = _rolled_up(announcement)
    if not rolled_up:
        yield from _named("complete: {} has no row", owed.order_by("pk").values_list("address", flat=True))
    elif (lacking := owed.count() - rolled_up) > 0:
        yield f"complete: {lacking:,} have no row, and are not among the {rolled_up:,} that are kept as numbers"


def _rolled_up(announcement: Announcement) -> int:
    """How many of its rows are kept as numbers alone, nobody's any more."""
    kept = DeliveryCount.objects.filter(announcement=announcement)
    total: int = kept.aggregate(total=Sum("number", default=0))["total"]
    return total


def _unsettled(said: Said, settled: bool) -> Iterator[str]:
    """`settled`: every row reaches a final state, unless somebody holds it back."""
    waits = said.deliveries.filter(state__in=WAITING)
    if not settled:
        waits = waits.filter(flowing(), created_at__lte=Now() - Value(SETTLED_WITHIN))
    rows = waits.order_by("pk").values_list(_ADDRESS, "state")
    yield from _named("settled: {} stays {}", rows)


def _too_late(announcement: Announcement) -> Iterator[str]:
    """`permitted`, by the ledger's own times: nothing is sent after it must not be, but for what was in flight."""
    sent = announcement.deliveries.filter(state__in=_OUT).order_by("pk")
    if announcement.is_recalled:
        late = sent.filter(sent_at__gt=announcement.recall.at + IN_FLIGHT)
        yield from _named("permitted: {} was sent it after the recall", late.values_list(_ADDRESS, flat=True))
    yield from _to_the_unwilling(sent)


def _to_nobody(said: Said) -> Iterator[str]:
    """`known`: the subscriber of a row is there. No constraint says so, see delivery/listing.py."""
    is_there = Exists(Subscriber.objects.filter(pk=OuterRef("subscriber")))
    orphans = said.deliveries.filter(~is_there, subscriber__isnull=False).order_by("pk")
    yield from _named("known: row {} names subscriber {}, who is not there", orphans.values_list("pk", "subscriber_id"))


def _to_the_unwilling(sent: QuerySet[Delivery]) -> Iterator[str]:
    """`permitted` and `once`, of rows that went out to subscribers. What stands against an address binds no staff."""
    left = sent.filter(sent_at__gt=F("subscriber__unsubscribed_at") + Value(IN_FLIGHT))
    gone = left.values_list(_ADDRESS, flat=True)
    yield from _named("permitted: {} had unsubscribed", gone)
    suppressed = Suppression.objects.filter(
        channel=OuterRef("channel"),
        address=OuterRef("subscriber__address"),
        created_at__lt=OuterRef("sent_at") - Value(IN_FLIGHT),
    )
    barred = sent.filter(Exists(suppressed)).values_list(_ADDRESS, flat=True)
    yield from _named("permitted: {} must not be written to", barred)
    timeless = sent.filter(sent_at=None).values_list(_ADDRESS, flat=True)
    yield from _named("once: {} is sent and nobody knows when", timeless)


def _named(words: str, rows: "QuerySet[Any, Any]") -> Iterator[str]:
    """The first NAMED as `words`, then how many more."""
    found = list(rows[: NAMED + 1])
    for row in found[:NAMED]:
        yield words.format(*(row if isinstance(row, tuple) else (row,)))
    if len(found) > NAMED:
        yield f"{words.partition(':')[0]}: and {rows.count() - NAMED:,} more like this"


def _against(said: Said, journal: list[Handed]) -> Iterator[str]:
    """`once`, `one name`, `permitted` and `known` of each row, in pages: the ledger may be larger than the memory."""
    handed: dict[str, list[Handed]] = defaultdict(list)
    for entry in journal:
        handed[entry.to].append(entry)
    told = said.deliveries.annotate(skipped_for=skipped_for())
    rows = told.values_list(_ADDRESS, "state", "skipped_for", "possibly_doubled")
    recalled_at = _taken_back_at(said)
    for address, state, cause, is_flagged in rows.iterator(chunk_size=5_000):
        copies = handed.pop(address, [])
        yield from _copies(address, state, cause, is_flagged, copies)
        if recalled_at and any(copy.at and copy.at > recalled_at + IN_FLIGHT for copy in copies):
            yield f"permitted: {address} was handed it after the recall"
    if len(handed) > (0 if isinstance(said, Message) else _rolled_up(said)):
        yield from (f"known: {address} was written to and has no row" for address in handed)
    yield from _shared_names(journal)


def _taken_back_at(said: Said) -> datetime | None:
    if isinstance(said, Message):
        return said.withdrawn_at
    return said.recall.at if said.is_recalled else None


def _copies(address: str, state: str, cause: str, is_flagged: bool, copies: list[Handed]) -> Iterator[str]:
    names = {copy.id for copy in copies}
    if state in _OUT and not copies:
        yield f"once: {address} is {state} and got nothing"
    if len(copies) > 1 and not is_flagged:
        yield f"once: {address} got {len(copies)} and is not flagged"
    if len(names) > 1:
        yield f"one name: {address} got copies under different names: {', '.join(sorted(names))}"
    if state == DeliveryState.SKIPPED and copies:
        yield f"permitted: {address} is skipped ({cause}) and got it"


def _shared_names(journal: Iterable[Handed]) -> Iterator[str]:
    """`one name`: one Message-ID for two people, and mail servers drop the second as a duplicate."""
    owners = defaultdict(set)
    for entry in journal:
        if entry.id.startswith("<"):
            owners[entry.id].add(entry.to)
    yield from (f"one name: {name} went to {len(people)} people" for name, people in owners.items() if len(people) > 1)
