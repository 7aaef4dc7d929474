"""One e-mail as bytes, ready for a relay."""

from typing import Any, NamedTuple

from .. import Failed
from ..message import OutgoingMessage
from ..pool import Item
from . import mime, verp


class OutgoingMail(NamedTuple):
    """One e-mail on its way: its envelope and its content as bytes."""

    delivery_id: int
    envelope: bytes
    content: bytes
    taken: Item  # as the pool gave it

    @classmethod
    def written(cls, taken: Item, sender: bytes) -> "OutgoingMail":
        """Write a message as an e-mail, from `sender` where bounces need no address of their own.

        Raises ValueError for an address that no attempt can mend, and whatever a fault of the program raises.
        """
        message, _ = taken
        return cls(message.delivery_id, _envelope(message, sender), mime.render(message), taken)

    def failed(self, reason: str, **kinds: Any) -> Failed:
        return Failed(self.delivery_id, reason, **kinds)


def _envelope(message: OutgoingMessage, sender: bytes) -> bytes:
    to = message.to.encode("ascii")
    if not message.to.isprintable():
        raise ValueError("The address holds a control character.")
    sender = verp.envelope_sender(message.delivery_id) or sender
    return b"MAIL FROM:<%s>\r\nRCPT TO:<%s>\r\nDATA\r\n" % (sender, to)
