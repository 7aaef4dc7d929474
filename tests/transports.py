"""Messages through a channel's own transport, as a run does it."""

from collections.abc import Iterator

from subscribers.channels import Outcome, Transport, transport
from subscribers.channels.message import Message


def carry(channel: str, messages: list[Message]) -> Iterator[Outcome]:
    """Hand them all over; each outcome as it becomes known. Raises Unavailable."""
    held = transport(channel)
    held.take(messages, lambda delivery_id: None, lambda outcome: None)
    return until_idle(held)


def until_idle(held: Transport) -> Iterator[Outcome]:
    while not held.is_idle:
        yield from held.outcomes(0.1)
