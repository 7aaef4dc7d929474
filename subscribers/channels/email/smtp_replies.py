"""A relay's refusal as an outcome."""

from .. import Failed
from ..verdicts import Verdict
from .meaning import meaning
from .smtp_connection import Reply


def failure(delivery_id: int, reply: Reply) -> Failed:
    """The outcome that `reply` is. No refusal of us is final for a reader: it ends when somebody mends the cause."""
    said = " ".join(reply.text.split())
    verdict = meaning(said, code=reply.code)
    is_final = 500 <= reply.code <= 599 and verdict is not Verdict.WE_ARE_REFUSED
    return Failed(delivery_id, str(Reply(reply.code, said)), permanent=is_final, verdict=verdict)
