"""The contract of a channel: a module with `send(messages) -> Iterator[Outcome]`.

`send` yields one outcome per message as soon as it is known, in any order; a message without an outcome (the process
died, the generator was closed) is one whose outcome is not known. It never raises for a single message, and raises
Unavailable when the provider as a whole cannot be reached: then nothing was attempted for what has no outcome yet.
"""

from dataclasses import dataclass
from datetime import timedelta


class Unavailable(Exception):
    """The provider cannot be reached or is misconfigured; waiting burns no attempt."""


@dataclass(frozen=True, slots=True)
class Sent:
    delivery_id: int
    provider_id: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """Temporary unless `permanent`; `suppress`: never write to this address again."""

    delivery_id: int
    reason: str
    permanent: bool = False
    suppress: bool = False
    retry_after: timedelta | None = None


Outcome = Sent | Failed
