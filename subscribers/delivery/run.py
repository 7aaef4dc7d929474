"""One worker's turn on a channel: it claims, checks, hands over and writes down, several of each at a time."""

import contextlib
import logging
import time
from collections import deque
from collections.abc import Callable
from datetime import timedelta

from django.db import transaction

from statuspage.lib import shutdown

from ..channels import Sent, Transport, Unavailable
from ..enums import Channel
from ..models import Delivery
from ..signals import deliveries_due
from . import breakers, claim_size, fanout, late_outcomes, ledger, send_check, watching
from .in_flight import InFlight
from .throttle import REST

logger = logging.getLogger(__name__)
RUN_SECONDS = 10.0  # then, or when the worker is told to end, nothing more is begun
CHECK_LASTS = 0.5  # seconds between the check of a row and its hand-over
LINGER = 0.025  # seconds for more outcomes to come
WRITE_EVERY = 0.2  # seconds in which outcomes come to be written down together
WRITE_AT_ONCE = 100  # of them at most
NEW_SECONDS = 2.0  # with the first who hear a new announcement, until the others are listed
LOOK_EVERY = 0.05  # seconds between two looks for a recall or a newer update


class SendRun:
    """One worker's turn on a channel. `is_probing`: the provider was down, and we are the first to look again."""

    def __init__(
        self, channel: Channel, transport: Transport, limit: int | None, min_overdue: timedelta, *, is_probing: bool
    ):
        self.channel, self.transport, self.min_overdue = channel, transport, min_overdue
        self.provider = watching.Monitor(channel, is_probing=is_probing)
        self.in_flight = InFlight(channel, transport)
        self.left = limit if limit is not None else float("inf")  # how many may still be claimed
        self.ends_at = time.monotonic() + RUN_SECONDS
        self.checked_at = self.looked_at = self.claimed_at = self.written_at = float("-inf")
        self.marker: object = None
        self.claim_size = claim_size.of(channel)
        self.has_called = self.is_dry = False
        self.done = 0

    def work(self) -> int:
        """Raises DatabaseError; what was known by then is in the journals."""
        try:
            while self._refill() or (self.in_flight.out and not self.is_over):
                self._heed_changes()
                self._hand_out()
                if len(self.in_flight.out) > 1:
                    time.sleep(LINGER)
                self.in_flight.note(self.transport.outcomes(0.05))
                if not self._may_wait:
                    self._write()
        except Unavailable as error:
            breakers.leave_alone(self.channel, error)
        finally:
            self._end()
        return self.done

    @property
    def is_over(self) -> bool:
        if shutdown.is_begun():
            self.ends_at = min(self.ends_at, time.monotonic())
        return time.monotonic() >= self.ends_at

    # --- In -----------------------------------------------------------------------------------------------

    def _refill(self) -> bool:
        """Claim more when what was claimed is handed out. Returns whether there is anything to hand out."""
        while not self.in_flight.has_more and self._may_claim():
            self._claim()
        if self.is_over:
            self._return()
        return self.in_flight.has_more

    def _may_claim(self) -> bool:
        """Whether to claim more. Of a provider that is looked at again one claim is enough until it takes something."""
        is_first = self.claimed_at == float("-inf")
        return bool(self.left) and not self.is_dry and not self.is_over and (is_first or not self.provider.is_probing)

    def _claim(self) -> None:
        size = int(min(self._claim_size(), self.left))
        with transaction.atomic():
            claim = ledger.claim(self.channel, size, self.min_overdue, self.provider.is_probing)
            self.in_flight.open_journal(claim)
        self.left -= len(claim)
        self.done += claim.lost
        self.is_dry = len(claim) < size and not claim.lost  # what was lost is due again
        self.in_flight.add(claim)
        self.checked_at = float("-inf")

    def _claim_size(self) -> int:
        before, self.claimed_at = self.claimed_at, time.monotonic()
        if self.provider.is_probing:
            return self.claim_size.exactly(breakers.PROBE)
        is_first = before == float("-inf")
        return self.claim_size.at_first() if is_first else self.claim_size.after(self.claimed_at - before)

    def _call_others(self, *, is_end: bool = False) -> None:
        """Call another worker once this one has done something: where one can do nothing, two cannot either. Not in the
        middle where the other could only hold rows and wait."""
        if not (self.is_dry or self.has_called or (self.transport.has_all() and not is_end)):
            self.has_called = True
            deliveries_due.send(Delivery, channel=self.channel)

    # --- Out ----------------------------------------------------------------------------------------------

    def _heed_changes(self) -> None:
        """Look for what was recalled, replaced or paused a moment ago, for it must not begin now, and for a new
        announcement."""
        now = time.monotonic()
        if now - self.looked_at < LOOK_EVERY:
            return
        self.looked_at = now
        if (marker := send_check.change_marker(self.channel)) != self.marker:
            self.checked_at = float("-inf")
            if self.marker is not None:
                self._make_way()
                self._begin_new()
            self.marker = marker
            if breakers.failures(self.channel) is None:  # somebody else found the provider down
                self.ends_at = now

    def _begin_new(self) -> None:
        """Where who hears a new announcement is not listed yet, this run ends soon: to list them a worker is needed.
        It lists the first of them itself and goes on with these, or the most urgent would wait until one is free."""
        if (new := fanout.unfinished().first()) is None:
            return
        has_begun = not self.provider.is_probing and fanout.begin(new)
        self.ends_at = min(self.ends_at, time.monotonic() + (NEW_SECONDS if has_begun else 0.0))

    def _make_way(self) -> None:
        """Give back what we hold: something new may be more urgent, and the queue says what is next."""
        if self.provider.is_probing:
            self.in_flight.take_back()
        else:
            self.left += self._return()
            self.is_dry = False

    def _hand_out(self) -> None:
        if not self.in_flight.let_out():
            return
        if time.monotonic() - self.checked_at > CHECK_LASTS:
            self._check()
        if rest := self.in_flight.hand_out():
            ledger.give_back(rest, wait=REST)

    def _check(self) -> None:
        """The check at send time: settles what must not go out any more, gives back what has to wait."""
        ready = self.in_flight.ready
        unwanted, paused = send_check.verdicts(ready)
        for cause in set(unwanted.values()):
            self.done += ledger.skip([row for row in ready if unwanted.get(row.pk) == cause], cause)
        ledger.give_back([row for row in ready if row.pk in paused])
        self.in_flight.ready = deque(row for row in ready if row.pk not in unwanted and row.pk not in paused)
        self.checked_at = time.monotonic()
        if unwanted:
            self._call_others()

    # --- What became of it --------------------------------------------------------------------------------

    @property
    def _may_wait(self) -> bool:
        """Whether more may end before it is written down: few have, all taken, which the journals know."""
        ended = self.in_flight.ended
        is_soon = time.monotonic() < self.written_at + WRITE_EVERY and len(ended) < WRITE_AT_ONCE
        return is_soon and all(isinstance(outcome, Sent) for _, outcome in ended)

    def _write(self) -> None:
        """Write what has ended into the ledger, all that was taken at once."""
        if not self.in_flight.ended:
            return
        self.written_at = time.monotonic()
        if self.provider.settle(self.in_flight.ended):
            self.ends_at = min(self.ends_at, time.monotonic())
        self.done += len(self.in_flight.ended)
        self.in_flight.ended = []
        self._call_others()

    def _return(self) -> int:
        """Give back what was not begun; returns how many."""
        ledger.give_back(back := self.in_flight.unbegun())
        self.in_flight.drop_unsent()
        if back:  # whoever was called before may have found the queue empty and be gone
            self.is_dry = self.has_called = False
        return len(back)

    def _end(self) -> None:
        """Whatever happened: nothing stays claimed but what is in flight, and that is waited for, here or in
        `late_outcomes`."""
        is_last = shutdown.is_begun()
        self.transport.cancel_unsent()
        try:
            self._return()
            trouble = self._hear_the_last()
            self._write_last()
            if self.done and not trouble:
                self._call_others(is_end=True)
            if is_last:
                trouble = self._wait_for_the_last(self._write_last) or trouble
            if trouble:
                breakers.leave_alone(self.channel, trouble)
            elif self.provider.is_probing and self.in_flight.out:
                breakers.trip(self.channel, "It does not say whether it took what it was given.")
            if is_last:
                ledger.doubt_all(self.in_flight.give_up())
        except BaseException:
            # The journals hear what becomes of what is in flight; nothing else may stay in the transport, as its next
            # run would not know it.
            self.in_flight.take_back()
            self._wait_for_the_last()
            self.in_flight.close_keeping_journal()
            raise
        if self.in_flight.out:
            self.transport.detach()
            with contextlib.suppress(Unavailable):  # the next run finds that out
                self.transport.outcomes(0)  # whatever there is, what is in flight heard of it too
            late_outcomes.wait_for(self.in_flight)
        else:
            self.in_flight.close()

    def _hear_the_last(self) -> Unavailable | None:
        """Returns what the provider is unavailable for, if it is and nobody was told."""
        trouble = None
        try:
            self.in_flight.note(self.transport.outcomes(0))
        except Unavailable as error:
            trouble = error
        self.in_flight.take_back()
        return trouble

    def _write_last(self) -> None:
        self._write()
        self._return()  # what the provider did not take after all

    def _wait_for_the_last(self, meanwhile: Callable[[], None] = lambda: None) -> Unavailable | None:
        """The same, again and again until nothing is out, for WAIT_SECONDS at most. After each look `meanwhile`."""
        until = time.monotonic() + late_outcomes.WAIT_SECONDS
        trouble = None
        while self.in_flight.out and time.monotonic() < until:
            time.sleep(LINGER)
            trouble = self._hear_the_last() or trouble
            meanwhile()
        return trouble
