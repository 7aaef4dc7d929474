"""What hands over while we wait: the outbox, and Django's own mail backends."""

import pytest

from subscribers.channels import Failed, Outcome, Sent, Unavailable
from subscribers.channels.blocking import OneByOne
from subscribers.channels.message import OutgoingMessage
from tests.factories import a_message

LONG = 60  # seconds; no look lasts so long


def given(number: int) -> list[OutgoingMessage]:
    return [a_message(pk, f"reader{pk}@example.test", "Hello.") for pk in range(1, number + 1)]


def test_one_look_hands_over_as_many_as_there_is_time_for():
    heard: list[Outcome] = []
    transport = OneByOne(lambda message: Sent(message.delivery_id))
    transport.take(given(5), lambda pk: None, heard.append)
    assert transport.outcomes(0) == [Sent(1)]
    assert transport.outcomes(LONG) == [Sent(2), Sent(3), Sent(4), Sent(5)]
    assert [outcome.delivery_id for outcome in heard] == [1, 2, 3, 4, 5]
    assert transport.is_idle


def test_what_went_before_the_provider_was_gone_is_told_first():
    def hand_over(message: OutgoingMessage) -> Outcome:
        if message.delivery_id == 2:
            raise ValueError("no such text")
        if message.delivery_id > 2:
            raise Unavailable("gone")
        return Sent(message.delivery_id)

    transport = OneByOne(hand_over)
    transport.take(given(4), lambda pk: None, lambda outcome: None)
    first, second = transport.outcomes(LONG)
    assert (first, isinstance(second, Failed)) == (Sent(1), True)
    with pytest.raises(Unavailable):
        transport.outcomes(LONG)
    assert transport.withdraw() == [3, 4]
