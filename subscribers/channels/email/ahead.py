"""Whether a relay takes a text and the next envelope in one go. One mail tries it; until its word is in, and where the
relay does not, each envelope goes by itself."""

import asyncio
import time

from .habits import Habits
from .smtp_connection import SILENCE_SECONDS, Connection
from .smtp_replies import Lost, Reply

LEAST_SECONDS = 0.2  # for the answers to an envelope whose text is answered; a busy relay may pause for as long
TIMES = 4  # the same in times of what an envelope by itself took: a relay that looks much up is slow with both
_ANSWERS = 3


class Ahead:
    """What one process knows of it."""

    def __init__(self, habits: Habits):
        self.habits = habits
        self.tried_by: Connection | None = None  # which the mail goes over that tries it
        self.alone_in = 0.0  # seconds that the slowest envelope by itself took

    def may_go(self, connection: Connection) -> bool:
        """Whether the next envelope is to go with the text over this connection, perhaps to try it."""
        is_taken = self.habits.takes_ahead(connection.greeting)
        if is_taken is None:
            self.tried_by = self.tried_by or connection
        return is_taken or self.tried_by is connection

    def is_taken(self, connection: Connection) -> bool:
        """False too until one mail has shown it."""
        return bool(self.habits.takes_ahead(connection.greeting))

    def has_tried(self, connection: Connection) -> None:
        """Let another connection try it, if this one learnt nothing."""
        self.tried_by = None if self.tried_by is connection else self.tried_by

    def learn(self, connection: Connection, *, is_taken: bool) -> None:
        if is_taken != self.habits.takes_ahead(connection.greeting):
            self.habits.learn(connection.greeting, takes_ahead=is_taken)

    async def ask_alone(self, connection: Connection, envelope: bytes) -> list[Reply]:
        """Send an envelope by itself, in one go. Raises Lost."""
        began = time.monotonic()
        answers = await connection.ask(envelope, _ANSWERS)
        self.alone_in = max(self.alone_in, time.monotonic() - began)
        return answers

    async def answers(self, connection: Connection) -> list[Reply] | None:
        """The replies to the envelope that came with a text which is answered. None, and the connection closed, where
        they do not come."""
        try:
            async with asyncio.timeout(min(max(LEAST_SECONDS, TIMES * self.alone_in), SILENCE_SECONDS)):
                answers = await connection.ask(b"", _ANSWERS)
        except (Lost, TimeoutError):  # mostly it was read into a buffer that is thrown away
            self.learn(connection, is_taken=False)
            connection.close()
            return None
        if answers[0].code // 100 == 2:  # what was cut off at its beginning is answered too, by a no
            self.learn(connection, is_taken=True)
        return answers
