"""Deliveries that are due go out: claim some, check each again, hand them over, write down what became of them.

No transaction is open while the network is spoken to. What a killed worker leaves behind comes back: whatever it had
not begun as if nothing had been, whatever was in flight as "possibly doubled". See `handoff` and `ledger`.
"""

import logging
import time
from collections import deque
from datetime import timedelta

from incidents.models import Announcement

from ..channels import Carrier, Failed, Outcome, Sent, Unavailable, carrier
from ..enums import Channel
from ..messages import Message, Notice, compose
from ..models import Confirmation, Delivery
from ..signals import queued
from . import checking, ledger, stopping
from .handoff import Journal
from .ledger import Row

logger = logging.getLogger(__name__)
SHIFT_SECONDS = 10.0  # then nothing more is begun: a worker that is told to stop is gone soon after
LAST_OUTCOME_SECONDS = 90.0  # what is in flight then has its outcome, or nobody will ever know it
CLAIM_FIRST, CLAIM_LEAST, CLAIM_MOST = 50, 20, 1000
CLAIM_SECONDS = 0.5  # what one claim should be enough for
CHECK_LASTS = 0.5  # seconds between the check of a row and its hand-over
LINGER = 0.01  # seconds for more outcomes to come: they are written down together
LOOK_EVERY = 0.05  # seconds between two looks for a recall or a newer update
UNAVAILABLE_WAIT = timedelta(seconds=10)


def due_channels(patience: timedelta = ledger.NO_WAIT) -> list[Channel]:
    """The channels that have rows due since `patience` or longer."""
    due = Delivery.objects.due(patience).filter(stopping.flowing())
    return [channel for channel in Channel if due.filter(channel=channel).exists()]


def drain(channel: Channel, limit: int | None = None, *, patience: timedelta = ledger.NO_WAIT) -> int:
    """Attempt what is due on `channel` (`limit` of it at most), until nothing is left or SHIFT_SECONDS are over.

    Returns how many were settled or put off: 0 says that there was nothing to do or that nothing could be done now.
    While there is more than one worker can take at once, the signal `queued` calls another: so all help, and none runs
    against a provider that is down.
    """
    ledger.recover()
    try:
        return _Shift(channel, carrier(channel), limit, patience).work()
    except Unavailable as error:
        logger.warning("%s is unavailable: %s", channel, error)
        return 0


class _Shift:
    """One worker's turn on a channel."""

    def __init__(self, channel: Channel, carrier: Carrier, limit: int | None, patience: timedelta):
        self.channel, self.carrier, self.patience = channel, carrier, patience
        self.left = limit if limit is not None else float("inf")  # how many may still be claimed
        self.ends_at = time.monotonic() + SHIFT_SECONDS
        self.ready: deque[Row] = deque()  # claimed and not given to the carrier
        self.suspect: deque[Row] = deque()  # the same, one at a time when nothing else is in flight
        self.out: dict[int, Row] = {}  # with the carrier
        self.journals: dict[str, Journal] = {}
        self.notices: dict[tuple, Notice] = {}
        self.checked_at = float("-inf")
        self.signs, self.looked_at = None, float("-inf")
        self.claim_size, self.claimed_at = CLAIM_FIRST, float("-inf")
        self.has_called = self.is_dry = False
        self.done = 0

    def work(self) -> int:
        try:
            while self._refill() or self.out:
                self._heed_changes()
                self._hand_out()
                if len(self.out) > 1:
                    time.sleep(LINGER)
                self._settle(self.carrier.outcomes(0.05))
        except Unavailable as error:
            logger.warning("%s is unavailable: %s", self.channel, error)
            self._return(wait=UNAVAILABLE_WAIT)
        finally:
            self._end()
        return self.done

    @property
    def is_over(self) -> bool:
        return time.monotonic() > self.ends_at

    # --- In -----------------------------------------------------------------------------------------------

    def _refill(self) -> bool:
        """Claim more, when what was claimed is handed out; whether there is anything to hand out."""
        while not self.ready and not self.suspect and not self.is_dry and not self.is_over and self.left:
            self._claim()
        if self.is_over:
            self._return()
        return bool(self.ready or self.suspect)

    def _claim(self) -> None:
        now = time.monotonic()
        if self.claimed_at > float("-inf"):  # as much as the last one would have been in CLAIM_SECONDS
            fitting = int(self.claim_size * CLAIM_SECONDS / max(now - self.claimed_at, 0.001))
            self.claim_size = max(CLAIM_LEAST, min(fitting, 4 * self.claim_size, CLAIM_MOST))
        self.claimed_at = now
        size = int(min(self.claim_size, self.left))
        claim = ledger.claim(self.channel, size, self.patience)
        self.left -= len(claim)
        self.done += claim.lost
        self.is_dry = len(claim) < size and not claim.lost  # those are due again
        if rows := claim.fresh + claim.suspect:
            self.journals[claim.token] = Journal(claim.token, [row.pk for row in rows])
        self.ready.extend(claim.fresh)
        self.suspect.extend(claim.suspect)
        self.checked_at = float("-inf")

    def _call_others(self) -> None:
        """Once something was done: who cannot do anything needs no company."""
        if not self.is_dry and not self.has_called:
            self.has_called = True
            queued.send(Delivery, channel=self.channel)

    # --- Out ----------------------------------------------------------------------------------------------

    def _heed_changes(self) -> None:
        """What was recalled, replaced or stopped a moment ago must not begin now."""
        now = time.monotonic()
        if now - self.looked_at < LOOK_EVERY:
            return
        self.looked_at = now
        if (signs := checking.signs()) != self.signs:
            self.signs = signs
            self.checked_at = float("-inf")
            self.ready.extendleft(reversed([self.out.pop(pk) for pk in self.carrier.withdraw()]))

    def _hand_out(self) -> None:
        if not self.ready and self.suspect and not self.out:
            self.ready.append(self.suspect.popleft())
        if not self.ready or not self.carrier.room:
            return
        if time.monotonic() - self.checked_at > CHECK_LASTS:
            self._check()
        given = [self.ready.popleft() for _ in range(min(self.carrier.room, len(self.ready)))]
        by_journal: dict[str, list[Message]] = {}
        for row in given:
            if message := self._message(row):
                self.out[row.pk] = row
                by_journal.setdefault(row.token, []).append(message)
        for token, messages in by_journal.items():
            self.carrier.take(messages, self.journals[token].begun)

    def _check(self) -> None:
        """The check at send time: settles what must not go out any more, gives back what has to wait."""
        unwanted, stopped = checking.why_not(self.ready)
        for reason in set(unwanted.values()):
            self.done += ledger.skip([row for row in self.ready if unwanted.get(row.pk) == reason], reason)
        ledger.give_back([row for row in self.ready if row.pk in stopped])
        self.ready = deque(row for row in self.ready if row.pk not in unwanted and row.pk not in stopped)
        self.checked_at = time.monotonic()
        if unwanted:
            self._call_others()

    def _message(self, row: Row) -> Message | None:
        """What cannot be rendered is put off by itself."""
        try:
            return self._notice(row).to(row)
        except Exception as error:
            logger.exception("Delivery %s cannot be rendered", row.pk)
            self.done += ledger.settle(row, Failed(row.pk, f"It cannot be rendered: {error!r}"))

    def _notice(self, row: Row) -> Notice:
        """Rendered once a shift for all recipients of an announcement."""
        if row.confirmation_id:
            asked = Confirmation.objects.select_related("subscriber").get(pk=row.confirmation_id)
            return compose(asked, self.channel)
        if row.announcement_id not in self.notices:
            announcement = Announcement.objects.select_related("incident").get(pk=row.announcement_id)
            self.notices[row.announcement_id] = compose(announcement, self.channel)
        return self.notices[row.announcement_id]

    # --- What became of it --------------------------------------------------------------------------------

    def _settle(self, outcomes: list[Outcome]) -> None:
        sent, others = [], []
        for outcome in outcomes:
            row = self.out.pop(outcome.delivery_id)
            self.journals[row.token].ended(row.pk, was_taken=isinstance(outcome, Sent))
            (sent if isinstance(outcome, Sent) else others).append((row, outcome))
        written = ledger.settle_sent(sent) if sent else 0
        written += sum(ledger.settle(row, outcome) for row, outcome in others)
        self.done += len(sent) + len(others)
        if outcomes:
            self._call_others()
        if written < len(sent) + len(others):
            logger.error(
                "%d deliveries were taken from us before we could write down what became of them",
                len(sent) + len(others) - written,
            )

    def _return(self, wait: timedelta = ledger.NO_WAIT) -> None:
        """Give back what was not begun."""
        back = [*self.ready, *self.suspect, *(self.out.pop(pk) for pk in self.carrier.withdraw())]
        self.ready.clear()
        self.suspect.clear()
        if back:
            ledger.give_back(back, wait=wait)

    def _end(self) -> None:
        """Whatever happened: nothing stays claimed that is not in flight, and what is in flight is waited for."""
        self._return()
        until = time.monotonic() + LAST_OUTCOME_SECONDS
        while self.out and time.monotonic() < until:
            try:
                self._settle(self.carrier.outcomes(0.5))
            except Unavailable:
                self._return(wait=UNAVAILABLE_WAIT)
        for row in self.out.values():
            ledger.doubt(row, "The channel did not say what became of it.", wait=ledger.wait_after(row.attempts))
        for journal in self.journals.values():
            journal.close()
