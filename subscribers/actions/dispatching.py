"""All that the workers do, in one process and without a broker."""

import logging
from collections.abc import Callable
from datetime import timedelta

from . import delivering, fanout

logger = logging.getLogger(__name__)


def dispatch(stop: Callable[[], bool] = lambda: False, *, patience: timedelta = timedelta(0)) -> int:
    """Expand and send whatever has been due for `patience`, until nothing is left that can be done now or `stop()`.

    Returns how many deliveries were settled or put off.
    """
    for announcement in fanout.unfinished(patience=patience):
        if stop():
            return 0
        try:
            fanout.expand(announcement)
        except Exception:  # one that cannot be expanded must not hold up all that is due
            logger.exception("Announcement %s cannot be expanded", announcement.pk)
    total = 0
    stuck: set[str] = set()
    while channels := [channel for channel in delivering.due_channels(patience) if channel not in stuck]:
        for channel in channels:
            if stop():
                return total
            done = delivering.drain(channel, patience=patience)
            if not done:  # its provider is unavailable, or the workers were faster
                stuck.add(channel)
            total += done
    return total
