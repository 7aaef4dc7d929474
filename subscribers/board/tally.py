"""The numbers of a progress: by channel and by what is said, and what follows from them. Pure; `progress` counts."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from incidents.models import Announcement, Message

from ..enums import FAILURES, WAITING, Channel, DeliveryState

RATE_OVER = timedelta(minutes=1)
# The states of the ledger in the order of a life; what is queued and what is queued again apart.
COLUMNS = ("queued", "deferred", *(state.value for state in DeliveryState if state != DeliveryState.QUEUED))
_REACHED = (DeliveryState.SENT, DeliveryState.DELIVERED)


class Segment(NamedTuple):
    mark: str
    start: int
    width: int


@dataclass(kw_only=True)
class ChannelProgress:
    """The progress of one announcement on one channel."""

    channel: Channel
    at: datetime
    states: Counter = field(default_factory=Counter)
    skipped: dict[str, int] = field(default_factory=dict)  # by DeliveryCause
    doubles: int = 0
    deferred: int = 0  # queued again: see DEFERRED
    sent_lately: int = 0
    first_sent_at: datetime | None = None
    next_attempt_at: datetime | None = None  # of those, the first
    oldest_waiting_at: datetime | None = None
    waits_because: str = ""

    @property
    def total(self) -> int:
        return self.states.total()

    @property
    def reached(self) -> int:
        """The provider took it, or said that it arrived."""
        return sum(self.states[state] for state in _REACHED)

    @property
    def failed(self) -> int:
        return sum(self.states[state] for state in FAILURES)

    @property
    def unknown(self) -> int:
        """The number of those failed that may have arrived all the same."""
        return self.states[DeliveryState.UNKNOWN]

    @property
    def left_out(self) -> int:
        return self.states[DeliveryState.SKIPPED]

    @property
    def waiting(self) -> int:
        return sum(self.states[state] for state in WAITING)

    @property
    def settled(self) -> int:
        return self.total - self.waiting

    @property
    def delivered(self) -> int:
        """The number of those reached that arrived, as the provider says."""
        return self.states[DeliveryState.DELIVERED]

    @property
    def fresh(self) -> int:
        """Queued, and nothing is known against it."""
        return self.states[DeliveryState.QUEUED] - self.deferred

    @property
    def is_moving(self) -> bool:
        """True while some of what waits is being handed over, or may be at any moment."""
        return bool(self.waiting and (self.fresh or self.states[DeliveryState.SENDING] or self.sent_lately))

    @property
    def numbers(self) -> dict[str, int]:
        """How many stand in each of COLUMNS."""
        return {name: self.states[name] for name in COLUMNS} | {"queued": self.fresh, "deferred": self.deferred}

    @property
    def rate(self) -> float:
        """Sent a second, over the last minute, or since the first where that is less."""
        if not (self.sent_lately and self.first_sent_at):
            return 0.0
        elapsed = min(RATE_OVER, max(self.at - self.first_sent_at, timedelta(seconds=1)))
        return self.sent_lately / elapsed.total_seconds()

    @property
    def segments(self) -> list[Segment]:
        """The parts of a bar that is `total` long: what is settled first, what waits last."""
        parts = (("told", self.reached), ("failed", self.failed), ("silent", self.left_out), ("waiting", self.waiting))
        found, start = [], 0
        for mark, width in parts:
            found += [Segment(mark, start, width)] if width else []
            start += width
        return found

    @property
    def time_left(self) -> timedelta | None:
        """The time until nothing waits, at the pace of the last minute; None where nothing moves."""
        return timedelta(seconds=self.waiting / self.rate) if self.rate and self.waiting else None


@dataclass(frozen=True, kw_only=True)
class Progress:
    """The progress of one thing that is said to many."""

    is_listed: bool  # the audience is written down as deliveries, all of it
    channels: list[ChannelProgress]

    @property
    def begun_at(self) -> datetime:
        """The time at which it could first be sent."""
        raise NotImplementedError

    @property
    def is_settled(self) -> bool:
        return self.is_listed and not any(channel.waiting for channel in self.channels)

    @property
    def total(self) -> int:
        return sum(channel.total for channel in self.channels)

    @property
    def settled(self) -> int:
        return sum(channel.settled for channel in self.channels)

    @property
    def failed(self) -> int:
        return sum(channel.failed for channel in self.channels)

    @property
    def unknown(self) -> int:
        return sum(channel.unknown for channel in self.channels)

    @property
    def is_moving(self) -> bool:
        """True while something of it goes out, or may at any moment."""
        return not self.is_listed or any(one.is_moving for one in self.channels)

    @property
    def time_left(self) -> timedelta | None:
        """The time until its slowest channel is done; None while that cannot be known."""
        waiting = [channel.time_left for channel in self.channels if channel.waiting]
        known = [left for left in waiting if left is not None]
        return max(known) if known and len(known) == len(waiting) else None


@dataclass(frozen=True, kw_only=True)
class AnnouncementProgress(Progress):
    announcement: Announcement

    @property
    def label(self) -> str:
        """What it is, before its time."""
        return self.announcement.status_label

    @property
    def said_at(self) -> datetime:
        return self.announcement.published_at

    @property
    def begun_at(self) -> datetime:
        return self.announcement.created_at


@dataclass(frozen=True, kw_only=True)
class BulletinProgress(Progress):
    """The progress of what everyone is sent of a bulletin."""

    message: Message

    label = "Announcement"

    @property
    def begun_at(self) -> datetime:
        return self.message.send_at

    said_at = begun_at
