"""Messages through a channel's own transport, as a run does it."""

import time
from collections.abc import Iterator

from subscribers.channels import Outcome, Transport, transport
from subscribers.channels.message import OutgoingMessage
from subscribers.channels.pool import TransportPool


def carry(channel: str, messages: list[OutgoingMessage]) -> Iterator[Outcome]:
    """Hand them all over; each outcome as it becomes known. Raises Unavailable."""
    held = transport(channel)
    held.take(messages, lambda delivery_id: None, lambda outcome: None)
    return until_idle(held)


def until_nothing_is_on_the_wire(held: TransportPool) -> None:
    """What a run left behind when it was over is answered by then."""
    while held._held:
        time.sleep(0.01)


def until_idle(held: Transport) -> Iterator[Outcome]:
    while not held.is_idle:
        yield from held.outcomes(0.1)
