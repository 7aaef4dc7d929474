"""What a server does with mail that its next hop refuses or puts off, and how we read what comes back of it.

One announcement goes to one reader of each kind, and to some who are well: their mail may not suffer from the others.
"""

import time
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple, Protocol

from tests.bench import readers
from tests.bench.program import Program, until

WELL = 10
SECONDS = 30  # in which all has to come back


class Kind(NamedTuple):
    """`address`: as tests/sink_process.py refuses it. `event` and `verdict`: what a report of it has to be read as."""

    address: str
    event: str
    verdict: str


KINDS = {
    "refused": Kind("bounce@example.test", "bounced", "address dead"),
    "full": Kind("full@example.test", "bounced", "address unwell"),
    "content": Kind("spam@example.test", "bounced", "content refused"),
    "unreachable": Kind("anybody@unreachable.test", "bounced", "address unwell"),
    "expired": Kind("late@example.test", "bounced", "address unwell"),
    "delayed": Kind("late@example.test", "delayed", "address unwell"),
}
ALL = tuple(KINDS)
SAY_NO_DELAY = tuple(name for name in KINDS if name != "delayed")  # not of mail with a Precedence or a List-Id, as ours
AT_ONCE = ("refused", "full", "content")  # said in answer to the text: there is nothing to come back
_DEAD = KINDS["refused"].address


class Read(NamedTuple):
    """As our reader has it."""

    delivery_id: int
    event: str
    verdict: str
    reason: str


class Server(Protocol):
    returns: tuple[str, ...]

    def hasten(self) -> None: ...
    def returned(self) -> list[tuple[str, bytes]]: ...


class Returned(NamedTuple):
    """By kind: what is wrong with how it was read, in words; empty where nothing is. None: nothing came back."""

    kinds: dict[str, str | None]
    suppressed: set[str]
    unwell: int  # of those who are well, and were not told

    @property
    def is_good(self) -> bool:
        return not (any(self.kinds.values()) or self.suppressed - {_DEAD} or self.unwell)


def provoke(program: Program, server: Server) -> Returned:
    """The server is another one afterwards: it gives up within seconds."""
    from subscribers.models import Suppression

    server.hasten()
    _write_readers()
    program.worker(**server.environment)
    announcement = program.publish()
    found: dict[str, str | None] = dict.fromkeys(server.returns)
    with suppress(RuntimeError):
        until(lambda: _look(server, announcement, found) and all(said is not None for said in found.values()), SECONDS)
    time.sleep(0.5)
    program.stop_workers()
    told = announcement.deliveries.filter(subscriber__address__startswith="reader", sent_at__isnull=False)
    return Returned(found, set(Suppression.objects.values_list("address", flat=True)), WELL - told.count())


def _write_readers() -> None:
    from subscribers.models import Subscriber

    readers.only(WELL)
    confirmed_at = Subscriber.objects.first().confirmed_at
    for address in {kind.address for kind in KINDS.values()}:
        Subscriber(channel="email", address=address, confirmed_at=confirmed_at).save()


def _look(server: Server, announcement, found: dict[str, str | None]) -> bool:
    """Note what came back since of this announcement: an earlier one may still be on its way. Always True."""
    of = dict(announcement.deliveries.values_list("pk", "subscriber__address"))
    for report in [*_reports(server), *_refusals(announcement)]:
        for name in [name for name in found if KINDS[name].address == of.get(report.delivery_id)]:
            if _is_it(KINDS[name], report, found):
                found[name] = _what_is_wrong(KINDS[name], report)
    return True


def _is_it(kind: Kind, report: Read, found: dict[str, str | None]) -> bool:
    """Of one address there may come two, of which only one is meant."""
    is_alone = sum(KINDS[name].address == kind.address for name in found) == 1
    return (is_alone and report.event != "delayed") or report.event == kind.event


def _what_is_wrong(kind: Kind, report: Read) -> str:
    if (report.event, report.verdict) == (kind.event, kind.verdict):
        return ""
    return f"{report.event}, {report.verdict}: {report.reason[:100]}"


def _reports(server: Server) -> Iterator[Read]:
    """Each goes the way of a bounce, as manage.py receive_bounce goes it."""
    from django.utils import timezone

    from subscribers.channels.email import dsn
    from subscribers.delivery import reports

    for to, mail in server.returned():
        if report := dsn.read(mail, [to]):
            reports.receive(report, at=timezone.now())
            yield Read(report.delivery_id, report.event.name.lower(), report.verdict, report.reason)


def _refusals(announcement) -> Iterator[Read]:
    """What the server refused at once."""
    from subscribers.channels.email import dsn
    from subscribers.enums import DeliveryState

    refused = announcement.deliveries.filter(state=DeliveryState.FAILED)
    for pk, reason in refused.values_list("pk", "reason"):
        yield Read(pk, "bounced", dsn.verdict_of(reason), reason)
