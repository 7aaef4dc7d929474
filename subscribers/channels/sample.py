"""The message of `manage.py send_test`."""

from ..enums import Channel
from .composing import compose
from .message import OutgoingMessage, Sample

_NOBODY = 0  # the number of no delivery: what is reported of it changes nothing


def sample(channel: Channel, address: str) -> OutgoingMessage:
    """Return a sample to `address`, which is taken as it is."""
    return OutgoingMessage(_NOBODY, address, compose(Sample(), channel), {})
