"""The outcomes of one run's attempts, written down and weighed: what they say of the provider as a whole."""

import time
from collections.abc import Iterable, Sequence

from ..channels import Failed, Outcome, Sent
from ..enums import Channel
from . import breakers, ledger
from .in_flight import Ended
from .refusals import in_a_row

GENERAL_FAILURES = 20  # in a row, that speak of the provider: it is down, though it answers
_BELIEVE_EVERY = 1.0  # seconds; of what others were refused it is enough to think now and then


class Monitor:
    """`is_probing`: the provider was down, and we are the first to look again."""

    def __init__(self, channel: Channel, *, is_probing: bool):
        self.channel, self.is_probing = channel, is_probing
        self._failures = 0  # in a row
        self._believed_at, self._has_refusals = float("-inf"), False

    def settle(self, ended: Sequence[Ended]) -> bool:
        """Into the ledger; whether the provider is to be left alone now."""
        outcomes = [outcome for _, outcome in ended]
        is_down = self._weigh(outcomes)
        if any(isinstance(outcome, Sent) for outcome in outcomes):
            self._believe()
        if ledger.settle_all(ended):
            self._has_refusals = True
            is_down = in_a_row.judge(self.channel) or is_down
        return is_down

    def _believe(self) -> None:
        now = time.monotonic()
        if self._has_refusals or now - self._believed_at > _BELIEVE_EVERY:
            self._has_refusals, self._believed_at = False, now
            in_a_row.believe(self.channel)

    def _weigh(self, outcomes: Iterable[Outcome]) -> bool:
        """Whether it is to be left alone now; that is written down, once, however many said so together."""
        trip_for: Failed | None = None
        for outcome in outcomes:
            if isinstance(outcome, Sent) or outcome.suppress:  # who knows that nobody is there does its work
                self._failures = 0
                if self.is_probing and (isinstance(outcome, Sent) or not in_a_row.is_nobody_believed(self.channel)):
                    self.is_probing = False
                    breakers.close(self.channel)
            elif outcome.retry_after or outcome.is_general:
                self._failures += 1
                is_down = self._failures >= (1 if self.is_probing else GENERAL_FAILURES)
                if outcome.retry_after or is_down:
                    trip_for = outcome
        if trip_for:
            breakers.trip(self.channel, trip_for.reason, told=trip_for.retry_after)
        return trip_for is not None
