"""The contract of a channel: a module, named like its value in `Channel`, with `send(messages) -> Iterator[Outcome]`.

`send` takes each message only when it is about to hand it over, and yields one outcome per message as soon as it is
known, in any order. A message that was taken and has no outcome (the process died, the generator was closed) is one
whose outcome is not known. It never raises for a single message, and raises Unavailable when the provider as a whole
cannot be reached: then nothing was attempted for what has no outcome yet. README.md tells how to add one.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module

from ..messages import Message


class Unavailable(Exception):
    """The provider cannot be reached or is misconfigured; waiting burns no attempt."""


@dataclass(frozen=True, slots=True)
class Sent:
    delivery_id: int
    provider_id: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """Temporary unless `permanent`.

    `suppress`: never write to this address again. `unknown`: the provider may have taken it all the same.
    `retry_after`: the provider said when to come back; such a wait burns no attempt.
    """

    delivery_id: int
    reason: str
    permanent: bool = False
    suppress: bool = False
    unknown: bool = False
    retry_after: timedelta | None = None


Outcome = Sent | Failed


def sender(channel: str) -> Callable[[Iterable[Message]], Iterator[Outcome]]:
    """The `send` of the channel's module."""
    return import_module(f"{__name__}.{channel}").send
