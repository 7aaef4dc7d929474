"""Subscribers of another program: who confirmed there hears from here. Whoever took their word back stays silent.

Read as a stream, kept in batches, each one transaction: what is killed left whole batches, and once more goes on.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import BinaryIO

from django.db import connection, transaction
from django.db.models import Q

from incidents.audit_verbs import AuditVerb
from incidents.models import Actor, AuditEvent, Site

from ..addresses import Address
from ..channels import registry
from ..enums import Channel
from ..models import ErasedAddress, Subscriber, Subscription, Suppression
from ..models.erased import Why
from ..spellings import earlier
from .import_format import BadFile, BadRow, Format, Wanted, lines

BATCH = 5_000


@dataclass
class Tally:
    """The results of the lines so far. `confirmed`: were known here, without consent. Those who had unsubscribed and
    those who must not be written to are left as they are, also where they are erased."""

    added: int = 0
    confirmed: int = 0
    unchanged: int = 0
    unsubscribed: int = 0
    suppressed: int = 0
    refused: int = 0
    bytes: int = 0  # of the file that are read
    passed_over: list[str] = field(default_factory=list)  # columns

    @property
    def lines(self) -> int:
        counted = (one.name for one in fields(self) if one.name not in ("bytes", "passed_over"))
        return sum(getattr(self, name) for name in counted)


def import_subscribers(
    file: BinaryIO,
    tally: Tally,
    *,
    name: str,
    by: Actor,
    at: datetime,
    dry_run: bool = False,
    on_refused: Callable[[int, str], None] = lambda number, reason: None,
    after_batch: Callable[[], None] = lambda: None,
) -> None:
    """Keep every subscriber of `file`, count them in `tally`; a second time changes nothing.

    A line that cannot be taken is told to `on_refused` by its number and in words, and the rest goes in. Raises
    BadFile, before anything is written, where the first line does not name the columns. `name`: the file's, for the
    audit. `dry_run`: counts and writes nothing.
    """
    try:
        for batch, refused, size in _batches(file, tally, name=name, at=at):
            found = _keep(batch, dry_run=dry_run)
            for kind, number in found.items():
                setattr(tally, kind, getattr(tally, kind) + number)
            for number, reason in refused:
                on_refused(number, reason)
            tally.refused += len(refused)
            tally.bytes += size
            after_batch()
    finally:
        if (tally.added or tally.confirmed) and not dry_run:
            _record(tally, name=name, by=by, at=at)


def _batches(file: BinaryIO, tally: Tally, *, name: str, at: datetime):
    """Rows, refused lines and how many bytes they were, in turn."""
    numbered = lines(file)
    _, header = next(numbered, (0, b""))
    if not header:
        raise BadFile("The file is empty.")
    rows = Format(header, name=name, at=at, zone=Site.load().zone)
    tally.passed_over = rows.passed_over
    batch, refused, size = [], [], len(header)
    for number, line in numbered:
        size += len(line)
        try:
            batch.append(rows.read(line))
        except BadRow as reason:
            refused.append((number, str(reason)))
        if len(batch) + len(refused) >= BATCH:
            yield batch, refused, size
            batch, refused, size = [], [], 0
    yield batch, refused, size


@transaction.atomic
def _keep(batch: Collection[Wanted], *, dry_run: bool) -> dict[str, int]:
    """Keep these and return what became of them, by the name of the tally's field."""
    wanted: dict[Address, Wanted] = {}
    for row in batch:
        wanted.setdefault(row.address, row)
    # In one order everywhere: two imports of the same addresses must not lock each other out.
    by_fate: dict[str, list[Wanted]] = {}
    fates = _fates(wanted)
    for address in sorted(wanted):
        by_fate.setdefault(fates.get(address, "added"), []).append(wanted[address])
    if not dry_run:
        _add(by_fate.get("added", ()))
        _confirm(by_fate.get("confirmed", ()))
    found = {fate: len(rows) for fate, rows in by_fate.items()}
    return found | {"unchanged": found.get("unchanged", 0) + len(batch) - len(wanted)}


def _fates(wanted: Collection[Address]) -> dict[Address, str]:
    """Return what must become of those who are known here in some way."""
    fates = {}
    for channel, text, confirmed_at, unsubscribed_at in Subscriber.objects.filter(_any_of(wanted)).values_list(
        "channel", "address", "confirmed_at", "unsubscribed_at"
    ):
        fate = "unsubscribed" if unsubscribed_at else "unchanged" if confirmed_at else "confirmed"
        fates[Address(Channel(channel), text)] = fate
    for address, before in _written_otherwise(wanted).items():
        fates.setdefault(address, before)
    unknown = [address for address in wanted if address not in fates]
    for address, why in ErasedAddress.objects.among(unknown).items():
        fates[address] = "unsubscribed" if why == Why.UNSUBSCRIBED else "suppressed"
    for channel, text in Suppression.objects.filter(_any_of(wanted)).values_list("channel", "address"):
        fates[Address(Channel(channel), text)] = "suppressed"
    return fates


def _written_otherwise(wanted: Collection[Address]) -> dict[Address, str]:
    """Return who had said no under the address as it was written once: that is no yes for the other."""
    before = {spelt: address for address in wanted if (spelt := earlier(address))}
    left = Subscriber.objects.filter(_any_of(before)).exclude(unsubscribed_at=None).values_list("channel", "address")
    return {before[Address(Channel(channel), text)]: "unsubscribed" for channel, text in left}


def _any_of(addresses: Iterable[Address]) -> Q:
    """Rows with a channel and an address that are among these."""
    by_channel: dict[Channel, list[str]] = {}
    for channel, address in addresses:
        by_channel.setdefault(channel, []).append(address)
    found = Q(pk__in=())
    for channel, texts in by_channel.items():
        found |= Q(channel=channel, address__in=texts)
    return found


def _add(rows: Collection[Wanted]) -> None:
    if not rows:
        return
    values = [tuple(_columns(row).values()) for row in rows]
    # By hand: bulk_create alone took about as long as all the rest.
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_INSERT_AT_ONCE, [list(column) for column in zip(*values, strict=True)])
        else:
            cursor.executemany(_INSERT_EACH, values)
    _subscribe(rows)


_COLUMNS = "channel, address, everything, every_update, confirmed_at, consent"
_INTO = f"INSERT INTO {Subscriber._meta.db_table} ({_COLUMNS}, link_version, created_at)"
_INSERT_AT_ONCE = (
    f"{_INTO} SELECT {_COLUMNS}, 1, CURRENT_TIMESTAMP FROM unnest(%s::text[], %s::text[], %s::bool[], %s::bool[], "  # noqa: S608  names of our own
    f"%s::timestamptz[], %s::text[]) AS row ({_COLUMNS}) ON CONFLICT DO NOTHING"
)
_INSERT_EACH = f"{_INTO} VALUES (%s, %s, %s, %s, %s, %s, 1, CURRENT_TIMESTAMP) ON CONFLICT DO NOTHING"


def _columns(row: Wanted) -> dict:
    """Return the columns as somebody gets them who signs up on this channel and chooses no pace."""
    return {
        "channel": row.address.channel.value,
        "address": row.address.address,
        "everything": not row.components,
        "every_update": registry.of(row.address.channel).hears_every_update,
        "confirmed_at": connection.ops.adapt_datetimefield_value(row.confirmed_at),
        "consent": row.consent,
    }


def _subscribe(rows: Iterable[Wanted]) -> None:
    """The chosen components of those who do not want everything."""
    choosing = {row.address: row.components for row in rows if row.components}
    if not choosing:
        return
    known = Subscriber.objects.filter(_any_of(choosing), everything=False).values_list("channel", "address", "pk")
    Subscription.objects.bulk_create(
        (
            Subscription(subscriber_id=pk, component_id=component)
            for channel, address, pk in known
            for component in choosing[Address(Channel(channel), address)]
        ),
        ignore_conflicts=True,
    )


def _confirm(rows: Collection[Wanted]) -> None:
    """Confirm whoever only asked, or is only linked to an incident."""
    wanted = {row.address: row for row in rows}
    if not wanted:
        return
    waiting = Subscriber.objects.filter(_any_of(wanted), confirmed_at=None, unsubscribed_at=None)
    found = list(waiting.select_for_update().order_by("pk"))
    for subscriber in found:
        row = wanted[Address(Channel(subscriber.channel), subscriber.address)]
        for name, value in (_columns(row) | {"confirmed_at": row.confirmed_at}).items():
            setattr(subscriber, name, value)
    names = ("everything", "every_update", "confirmed_at", "consent")
    Subscriber.objects.bulk_update(found, names, batch_size=500)
    _subscribe(rows)


def _record(tally: Tally, *, name: str, by: Actor, at: datetime) -> None:
    counted = {one.name: getattr(tally, one.name) for one in fields(tally) if one.name not in ("bytes", "passed_over")}
    AuditEvent.record(AuditVerb.IMPORTED_SUBSCRIBERS, Site.load(), by=by, at=at, file=name, **counted)
