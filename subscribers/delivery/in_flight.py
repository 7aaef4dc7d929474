"""What one shift holds of the ledger: the rows that are ready, those with the carrier, and what is noted of each."""

import logging
from collections import deque
from collections.abc import Iterable
from functools import partial

from ..channels import Carrier, Failed, Outcome
from ..channels.message import Message
from ..enums import Channel
from . import throttle
from .journal import Journal
from .rendering import Notices
from .rows import Claim, Row

logger = logging.getLogger(__name__)
Ended = tuple[Row, Outcome]


class Load:
    """Between the claim and the outcome."""

    def __init__(self, channel: Channel, carrier: Carrier):
        self.channel, self.carrier = channel, carrier
        self.flow, self.notices = throttle.of(channel), Notices(channel)
        self.ready: deque[Row] = deque()  # claimed and not given to the carrier
        self.suspect: deque[Row] = deque()  # the same, one at a time when nothing else is in flight
        self.out: dict[int, Row] = {}  # with the carrier
        self._journals: dict[str, Journal] = {}
        self._outcomes: deque[tuple[Journal, Outcome]] = deque()  # all, for who comes when the shift is over

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
        """Whether anything is ready that the carrier has room for. A suspect is, once nothing else is in flight."""
        if not self.ready and self.suspect and not self.out:
            self.ready.append(self.suspect.popleft())
        return bool(self.ready and self.carrier.room)

    def hand_out(self) -> tuple[list[Ended], list[Row]]:
        """Give the carrier what may go now. Returns what ended because it cannot be rendered, and what rests with its
        domain: both are ready no more."""
        go, wait, rest = self.flow.sort(self.ready, self.carrier.room)
        self.ready = deque(wait)
        ended: list[Ended] = []
        by_journal: dict[str, list[Message]] = {}
        for row in go:
            message = self.notices.message(row)
            if isinstance(message, str):
                self.flow.back(row)
                ended.append((row, Failed(row.pk, message)))
            else:
                self.out[row.pk] = row
                by_journal.setdefault(row.token, []).append(message)
        for token, messages in by_journal.items():
            journal = self._journals[token]
            self.carrier.take(messages, journal.begun, partial(self._hear, journal))
        return ended, rest

    def _hear(self, journal: Journal, outcome: Outcome) -> None:
        """Perhaps in another thread."""
        journal.heard(outcome)
        self._outcomes.append((journal, outcome))

    def heard(self) -> list[Ended]:
        """What is out no more, though nobody asked the carrier."""
        outcomes = (self._outcomes.popleft() for _ in range(len(self._outcomes)))
        return self.note([outcome for journal, outcome in outcomes if self._awaits(journal, outcome.delivery_id)])

    def _awaits(self, journal: Journal, pk: int) -> bool:
        """Not what became of an earlier attempt, which somebody had repeated within this shift."""
        return pk in self.out and self._journals[self.out[pk].token] is journal

    def note(self, outcomes: Iterable[Outcome]) -> list[Ended]:
        """What is out no more. The journals heard it already."""
        ended: list[Ended] = []
        for outcome in outcomes:
            row = self.out.pop(outcome.delivery_id, None)
            if row is None:
                logger.error("Nobody waited any more for the outcome of delivery %s", outcome.delivery_id)
                continue
            self.flow.ended(row, outcome)
            ended.append((row, outcome))
        return ended

    def take_back(self) -> None:
        """Make ready again what the carrier did not begin: it goes next."""
        rows = [row for pk in self.carrier.withdraw() if (row := self.out.pop(pk, None))]
        for row in rows:
            self.flow.back(row)
        self.ready.extendleft(reversed(rows))

    def unbegun(self) -> list[Row]:
        """All that was not begun, none of it with the carrier any more."""
        self.take_back()
        return [*self.ready, *self.suspect]

    def put_down(self) -> None:
        """Hold nothing any more that was not begun."""
        self.ready.clear()
        self.suspect.clear()

    def give_up(self) -> list[Row]:
        """Wait no more for what is out; returns it."""
        rows = list(self.out.values())
        for row in rows:
            self.flow.back(row)
        self.out.clear()
        return rows

    def close(self) -> None:
        """The ledger knows it all."""
        for journal in self._journals.values():
            journal.close()

    def leave(self) -> None:
        """The database is gone: the journals are left to whoever comes when it is back."""
        for row in self.unbegun():  # some were begun, in vain
            self._journals[row.token].ended(row.pk, was_taken=False)
        self.abandon()

    def abandon(self) -> None:
        """Leave what is out to the journals, and the carrier alone: it has another shift by now."""
        self.give_up()
        for journal in self._journals.values():
            journal.leave()
