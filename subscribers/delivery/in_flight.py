"""What one run holds of the ledger: the rows that are ready, those with the transport, and what is noted of each."""

import logging
from collections import deque
from collections.abc import Iterable
from functools import partial

from ..channels import Failed, Outcome, Transport
from ..channels.message import Message
from ..enums import Channel
from . import throttle
from .journal import Journal
from .rendering import Notices
from .rows import Claim, ClaimedDelivery

logger = logging.getLogger(__name__)
Ended = tuple[ClaimedDelivery, Outcome]


class InFlight:
    """Between the claim and the outcome."""

    def __init__(self, channel: Channel, transport: Transport):
        self.channel, self.transport = channel, transport
        self.throttle, self.notices = throttle.of(channel), Notices(channel)
        self.ready: deque[ClaimedDelivery] = deque()  # claimed and not given to the transport
        self.suspect: deque[ClaimedDelivery] = deque()  # the same, one at a time when nothing else is in flight
        self.out: dict[int, ClaimedDelivery] = {}  # with the transport
        self._journals: dict[str, Journal] = {}
        self._outcomes: deque[tuple[Journal, Outcome]] = deque()  # all, for who comes when the run is over

    @property
    def has_more(self) -> bool:
        """Whether there is anything to hand out."""
        return bool(self.ready or self.suspect)

    def open_journal(self, claim: Claim) -> None:
        """To be called before its rows are ours: a kill in between puts none in doubt."""
        if rows := claim.fresh + claim.suspect:
            self._journals[claim.token] = Journal(claim.token, [row.pk for row in rows])

    def add(self, claim: Claim) -> None:
        self.ready.extend(claim.fresh)
        self.suspect.extend(claim.suspect)

    def let_out(self) -> bool:
        """Whether anything is ready that the transport has room for. A suspect is, once nothing else is in flight."""
        if not self.ready and self.suspect and not self.out:
            self.ready.append(self.suspect.popleft())
        return bool(self.ready and self.transport.room)

    def hand_out(self) -> tuple[list[Ended], list[ClaimedDelivery]]:
        """Give the transport what may go now. Returns what ended because it cannot be rendered, and what rests with its
        domain: both are ready no more."""
        go, wait, rest = self.throttle.sort(self.ready, self.transport.room)
        self.ready = deque(wait)
        ended: list[Ended] = []
        by_journal: dict[str, list[Message]] = {}
        for row in go:
            message = self.notices.message(row)
            if isinstance(message, str):
                self.throttle.back(row)
                ended.append((row, Failed(row.pk, message)))
            else:
                self.out[row.pk] = row
                by_journal.setdefault(row.token, []).append(message)
        for token, messages in by_journal.items():
            journal = self._journals[token]
            self.transport.take(messages, journal.begun, partial(self._hear, journal))
        return ended, rest

    def _hear(self, journal: Journal, outcome: Outcome) -> None:
        """Perhaps in another thread."""
        journal.heard(outcome)
        self._outcomes.append((journal, outcome))

    def heard(self) -> list[Ended]:
        """What is out no more, though nobody asked the transport."""
        outcomes = (self._outcomes.popleft() for _ in range(len(self._outcomes)))
        return self.note([outcome for journal, outcome in outcomes if self._awaits(journal, outcome.delivery_id)])

    def _awaits(self, journal: Journal, pk: int) -> bool:
        """Not what became of an earlier attempt, which somebody had repeated within this run."""
        return pk in self.out and self._journals[self.out[pk].token] is journal

    def note(self, outcomes: Iterable[Outcome]) -> list[Ended]:
        """What is out no more. The journals heard it already."""
        ended: list[Ended] = []
        for outcome in outcomes:
            row = self.out.pop(outcome.delivery_id, None)
            if row is None:
                logger.error("Nobody waited any more for the outcome of delivery %s", outcome.delivery_id)
                continue
            self.throttle.ended(row, outcome)
            ended.append((row, outcome))
        return ended

    def take_back(self) -> None:
        """Make ready again what the transport did not begin: it goes next."""
        rows = [row for pk in self.transport.withdraw() if (row := self.out.pop(pk, None))]
        for row in rows:
            self.throttle.back(row)
        self.ready.extendleft(reversed(rows))

    def unbegun(self) -> list[ClaimedDelivery]:
        """All that was not begun, none of it with the transport any more."""
        self.take_back()
        return [*self.ready, *self.suspect]

    def drop_unsent(self) -> None:
        """Hold nothing any more that was not begun."""
        self.ready.clear()
        self.suspect.clear()

    def give_up(self) -> list[ClaimedDelivery]:
        """Wait no more for what is out; returns it."""
        rows = list(self.out.values())
        for row in rows:
            self.throttle.back(row)
        self.out.clear()
        return rows

    def close(self) -> None:
        """The ledger knows it all."""
        for journal in self._journals.values():
            journal.close()

    def close_keeping_journal(self) -> None:
        """The database is gone: the journals are left to whoever comes when it is back."""
        for row in self.unbegun():  # some were begun, in vain
            self._journals[row.token].ended(row.pk, was_taken=False)
        self.detach_journal()

    def detach_journal(self) -> None:
        """Leave what is out to the journals, and the transport alone: it has another run by now."""
        self.give_up()
        for journal in self._journals.values():
            journal.leave()
