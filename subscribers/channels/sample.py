"""The message of `manage.py send_test`."""

from ..enums import Channel
from .composing import compose
from .message import Message, Sample

_NOBODY = 0  # the number of no delivery: what is reported of it changes nothing


def sample(channel: Channel, address: str) -> Message:
    """Return a sample to `address`, which is taken as it is."""
    return Message(_NOBODY, address, compose(Sample(), channel), {})
