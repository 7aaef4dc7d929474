"""Messages through a channel's own carrier, as a shift does it."""

from collections.abc import Iterator

from subscribers.channels import Carrier, Outcome, carrier
from subscribers.channels.message import Message


def carry(channel: str, messages: list[Message]) -> Iterator[Outcome]:
    """Hand them all over; each outcome as it becomes known. Raises Unavailable."""
    held = carrier(channel)
    held.take(messages, lambda delivery_id: None, lambda outcome: None)
    return until_idle(held)


def until_idle(held: Carrier) -> Iterator[Outcome]:
    while not held.is_idle:
        yield from held.outcomes(0.1)
