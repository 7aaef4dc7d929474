"""The contract of a channel: a folder, named like its value in `Channel`, with three modules.

- `channel`: CHANNEL, all that the program asks of it (base.py).
- `writers`: WRITERS, from the kind of a thing to what makes a RenderedNotice of it and the Site.
- `transport`: `transport() -> Transport`.

A transport never raises for a single message: each has one outcome, in any order. A message that was begun and has none
(the process died) is one whose outcome is not known. CONTRIBUTING.md tells how to add one.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from . import registry
from .message import OutgoingMessage
from .verdicts import SUPPRESS, Verdict


class Unavailable(Exception):
    """The provider cannot be reached or is misconfigured; waiting burns no attempt."""


class Refused(Unavailable):
    """A provider that answers, and takes nothing from us: our log-in, our sender, our account. Somebody has to mend
    that."""


@dataclass(frozen=True, slots=True)
class Sent:
    delivery_id: int
    provider_id: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """Temporary unless `permanent`.

    `unknown`: the provider may have taken it all the same. `retry_after`: the provider said when to come back; such a
    wait burns no attempt. `verdict`: what it speaks of.
    """

    delivery_id: int
    reason: str
    permanent: bool = False
    unknown: bool = False
    retry_after: timedelta | None = None
    verdict: Verdict = Verdict.UNKNOWN

    @property
    def suppress(self) -> bool:
        """True where this address must never be written to again."""
        return self.permanent and self.verdict in SUPPRESS

    @property
    def is_general(self) -> bool:
        """True where it speaks of the provider's own state rather than of this message."""
        return self.verdict is Verdict.PROVIDER_UNWELL


Outcome = Sent | Failed


class Transport(Protocol):
    """The interface by which a send run hands over messages of a channel: one for a process, called from one thread."""

    @property
    def room(self) -> int:
        """How many more messages it can begin soon."""

    @property
    def is_idle(self) -> bool:
        """Whether nothing is inside, and no outcome is left to be read."""

    def has_all(self) -> bool:
        """Whether the provider gives this machine so little that another process would only wait for it."""

    def take(
        self, messages: Iterable[OutgoingMessage], on_begin: Callable[[int], None], on_end: Callable[[Outcome], None]
    ) -> None:
        """Hand these over, in this order, as places become free. Returns at once.

        `on_begin(delivery_id)` is called right before a message could first reach its recipient, `on_end(outcome)` as
        soon as its outcome is known, perhaps by another thread: a process may be killed before it asks for outcomes.
        """

    def outcomes(self, wait: float) -> list[Outcome]:
        """Return what became known since the last call; waits up to `wait` seconds for the first.

        Raises Unavailable, once everything in flight has its outcome, when the provider takes nothing from us: what
        is still inside was not begun.
        """

    def withdraw(self) -> list[int]:
        """Take back whatever was not begun; returns its delivery_ids."""

    def cancel_unsent(self) -> None:
        """Begin nothing more, until `take` is called again. What was begun and surely reached nobody yet is for
        `withdraw` too, where this can be told; or it has failed, for now, if the provider was silent for long."""

    def detach(self) -> None:
        """Let go of what is in flight, after `cancel_unsent`: it goes on, and its outcome is told to `on_end` alone.
        What was put back a moment ago has failed, for now."""

    def close(self) -> None:
        """Let go of idle connections."""


def transport(channel: str) -> Transport:
    """The transport of the channel's module. Raises Unavailable where its settings are wrong."""
    made: Transport = registry.of(channel).part("transport").transport()
    return made
