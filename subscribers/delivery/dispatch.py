"""All that the workers do, in one process and without a broker."""

import logging
from collections.abc import Callable
from datetime import timedelta

from django.db import DatabaseError
from django.db.models import QuerySet
from django.utils import timezone

from incidents.actions import running
from incidents.models import Announcement

from ..enums import Channel
from . import drain, fanout, final_failures, kept_unsubscribes, messages

logger = logging.getLogger(__name__)


def dispatch(stop: Callable[[], bool] = lambda: False, *, min_overdue: timedelta = timedelta(0)) -> int:
    """Expand and send whatever has been due for `min_overdue`, until nothing is left that can be done now or `stop()`.

    Returns how many deliveries were settled or put off.
    """
    running.run_due(stop, min_overdue=min_overdue)
    kept_unsubscribes.settle()
    final_failures.tell_authors(timezone.now())
    total = 0
    stuck: set[str] = set()
    broken: set[int] = set()
    while not stop():
        # Again each time: an urgent one must not wait until a backlog is gone.
        messages.list_due()
        _list(fanout.expand, fanout.unfinished(min_overdue=min_overdue), stop, broken)
        _list(fanout.catch_up, fanout.unsettled(min_overdue=min_overdue), stop, broken)
        channels = [channel for channel in drain.due_channels(min_overdue) if channel not in stuck]
        if not channels:
            break
        for channel in channels:
            if stop():
                break
            done = _drain(channel, min_overdue)
            if not done:  # its provider is unavailable, or the workers were faster
                stuck.add(channel)
            total += done
    return total


def _drain(channel: Channel, min_overdue: timedelta) -> int:
    """A fault of one channel must not hold up the others."""
    try:
        return drain.drain(channel, min_overdue=min_overdue)
    except DatabaseError:
        raise
    except Exception:
        logger.exception("The channel %s cannot be served", channel)
        return 0


def _list(
    act: Callable[[Announcement], object],
    announcements: QuerySet[Announcement],
    stop: Callable[[], bool],
    broken: set[int],
) -> None:
    """One that cannot be expanded must not hold up all that is due: it joins the `broken`."""
    for announcement in announcements.exclude(pk__in=broken):
        if stop():
            return
        try:
            act(announcement)
        except Exception:
            broken.add(announcement.pk)
            logger.exception("Announcement %s cannot be expanded", announcement.pk)
