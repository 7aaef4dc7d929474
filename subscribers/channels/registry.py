"""Every channel there is. One is registered by its line in `Channel`, whose value is the name of its folder."""

from functools import lru_cache
from importlib import import_module

from ..enums import Channel
from .base import ChannelDefinition


@lru_cache
def of(channel: str) -> ChannelDefinition:
    """The definition of a channel: CHANNEL in the module `channel` of its folder. Raises ValueError for none."""
    value = Channel(channel).value
    found: ChannelDefinition = import_module(f"{__package__}.{value}.channel").CHANNEL
    return found


def every() -> list[ChannelDefinition]:
    """All of them, in the order in which they are shown."""
    return [of(channel.value) for channel in Channel]


def of_accounts() -> Channel:
    """The channel on which an account names its address."""
    return next(one.channel for one in every() if one.is_of_accounts)
