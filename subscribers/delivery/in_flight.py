"""The rows that one run holds: those that are ready, those with the transport, and those that have ended."""

import logging
from collections import deque
from collections.abc import Iterable
from enum import StrEnum
from functools import partial

from ..channels import Failed, Outcome, Transport
from ..channels.message import OutgoingMessage
from ..enums import Channel
from . import throttle
from .journal import Journal
from .rendering import Notices
from .rows import Claim, ClaimedDelivery

logger = logging.getLogger(__name__)
Ended = tuple[ClaimedDelivery, Outcome]


class MessageState(StrEnum):
    """The states of one message within a send run; its row says `sending` in all of them. docs/design.md tells what
    each event does in each."""

    READY = "ready"  # claimed, and not with the transport
    SUSPECT = "suspect"  # the same; an earlier attempt has no known outcome, so it goes alone
    INSIDE = "inside"  # with the transport, which has not begun it
    BEGUN = "begun"  # being handed over, and nobody can have it yet: the transport alone knows
    HANDED_OVER = "handed over"  # its recipient may have it
    ENDED = "ended"  # its outcome is known, and not yet in the ledger


class InFlight:
    """Messages between the claim and the ledger: each is in one of `ready`, `suspect`, `out` and `ended`."""

    def __init__(self, channel: Channel, transport: Transport):
        self.channel, self.transport = channel, transport
        self.throttle, self.notices = throttle.of(channel), Notices(channel)
        self.ready: deque[ClaimedDelivery] = deque()
        self.suspect: deque[ClaimedDelivery] = deque()
        self.out: dict[int, ClaimedDelivery] = {}  # with the transport: inside, begun or handed over
        self.ended: list[Ended] = []
        self._journals: dict[str, Journal] = {}
        self._outcomes: deque[tuple[Journal, Outcome]] = deque()  # all, for who comes when the run is over

    @property
    def has_more(self) -> bool:
        """Whether there is anything to hand out."""
        return bool(self.ready or self.suspect)

    def state_of(self, pk: int) -> MessageState | None:
        """Return where a message is, None for one that this run does not hold. It looks through all of them.

        What has begun counts as handed over, as in the journal: somebody may have it.
        """
        if row := self.out.get(pk):
            has_begun = self._journals[row.token].has_begun(pk)
            return MessageState.HANDED_OVER if has_begun else MessageState.INSIDE
        ended = [row for row, _ in self.ended]
        places = {MessageState.READY: self.ready, MessageState.SUSPECT: self.suspect, MessageState.ENDED: ended}
        return next((state for state, rows in places.items() if any(row.pk == pk for row in rows)), None)

    def open_journal(self, claim: Claim) -> None:
        """Open the journal. To be called before its rows are ours: then a kill in between puts none in doubt."""
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

    def hand_out(self) -> list[ClaimedDelivery]:
        """Give the transport what may go now; what cannot be rendered ends. Returns what has to rest with its domain,
        and is held no more."""
        go, wait, rest = self.throttle.sort(self.ready, self.transport.room)
        self.ready = deque([*go, *rest, *wait])
        written = self._written(go)
        self.ready = deque(wait)
        by_journal: dict[str, list[OutgoingMessage]] = {}
        for row, message in written:
            if isinstance(message, str):
                self.throttle.back(row)
                self.ended.append((row, Failed(row.pk, message)))
            else:
                self.out[row.pk] = row
                by_journal.setdefault(row.token, []).append(message)
        for token, messages in by_journal.items():
            journal = self._journals[token]
            self.transport.take(messages, journal.begun, partial(self._hear, journal))
        return rest

    def _written(self, rows: list[ClaimedDelivery]) -> list[tuple[ClaimedDelivery, OutgoingMessage | str]]:
        """Each with its message, or why there is none. Where this raises, none of them has gone."""
        try:
            return [(row, self.notices.message(row)) for row in rows]
        except BaseException:
            for row in rows:
                self.throttle.back(row)
            raise

    def _hear(self, journal: Journal, outcome: Outcome) -> None:
        """Note what the transport tells, perhaps in another thread."""
        journal.heard(outcome)
        self._outcomes.append((journal, outcome))

    def note_what_was_told(self) -> None:
        """End what the transport told of by itself: nobody asks it any more when the run is over."""
        outcomes = (self._outcomes.popleft() for _ in range(len(self._outcomes)))
        self.note([outcome for journal, outcome in outcomes if self._awaits(journal, outcome.delivery_id)])

    def _awaits(self, journal: Journal, pk: int) -> bool:
        """Whether an outcome is of the attempt that is out, not of an earlier one that was repeated within this run."""
        return pk in self.out and self._journals[self.out[pk].token] is journal

    def note(self, outcomes: Iterable[Outcome]) -> None:
        """End what has these outcomes. The journals know them already."""
        for outcome in outcomes:
            pk = outcome.delivery_id
            row = self.out.pop(pk, None)
            if row is None:
                state = self.state_of(pk) or "not of this run"
                logger.error("Nobody waited any more for the outcome of delivery %s, which is %s", pk, state)
                continue
            self.throttle.ended(row, outcome)
            self.ended.append((row, outcome))

    def take_back(self) -> None:
        """Make ready again what the transport did not begin: it goes next."""
        rows = [row for pk in self.transport.withdraw() if (row := self.out.pop(pk, None))]
        for row in rows:
            self.throttle.back(row)
        self.ready.extendleft(reversed(rows))

    def unbegun(self) -> list[ClaimedDelivery]:
        """Return all that was not begun; none of it is with the transport any more."""
        self.take_back()
        return [*self.ready, *self.suspect]

    def drop_unsent(self) -> None:
        """Forget what was not begun."""
        self.ready.clear()
        self.suspect.clear()

    def give_up(self) -> list[ClaimedDelivery]:
        """Wait no longer for what is out; returns it."""
        rows = list(self.out.values())
        for row in rows:
            self.throttle.back(row)
        self.out.clear()
        return rows

    def close(self) -> None:
        """Remove the journals: all that they note is in the ledger."""
        for journal in self._journals.values():
            journal.close()

    def close_keeping_journal(self) -> None:
        """Leave the journals to whoever comes when the database is back."""
        for row in self.unbegun():  # some were begun, in vain
            self._journals[row.token].ended(row.pk, was_taken=False)
        self.detach_journal()

    def detach_journal(self) -> None:
        """Leave what is out to the journals. The transport is not asked: it has another run by now."""
        self.give_up()
        for journal in self._journals.values():
            journal.leave()
