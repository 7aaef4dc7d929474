"""The replies of a relay, and what a refusal makes of a message."""

from collections.abc import Sequence
from typing import NamedTuple

from .. import Failed
from ..verdicts import Verdict
from .meaning import meaning


class Reply(NamedTuple):
    code: int
    text: str

    def __str__(self) -> str:
        return f"{self.code} {self.text}"


class Lost(Exception):
    """A connection that ended, or on which the relay spoke what is no SMTP. `replies`: what it answered before."""

    def __init__(self, why: str, replies: Sequence[Reply] = ()):
        super().__init__(why)
        self.replies = replies

    @property
    def is_refusal(self) -> bool:
        """True where the relay does not want us, for good: our address, our log-in."""
        return any(500 <= reply.code <= 599 for reply in self.replies)


def failure(delivery_id: int, reply: Reply) -> Failed:
    """Return the outcome that `reply` is. No refusal of us is final for a recipient: it ends when somebody mends the
    cause."""
    said = " ".join(reply.text.split())
    verdict = meaning(said, code=reply.code)
    is_final = 500 <= reply.code <= 599 and verdict is not Verdict.WE_ARE_REFUSED
    return Failed(delivery_id, str(Reply(reply.code, said)), permanent=is_final, verdict=verdict)
