"""What a worker holds of the ledger's rows."""

from datetime import timedelta
from typing import NamedTuple

MAX_AGE = timedelta(hours=24)  # of a delivery that is tried again: news of yesterday helps nobody


class Reader(NamedTuple):
    """What a message needs to know of its subscriber."""

    pk: int
    address: str
    link_version: int
    is_active: bool


class ClaimedDelivery(NamedTuple):
    """A delivery as it was when its lease began. `token`: whose it is. `attempts`: this one counted."""

    pk: int
    token: str
    channel: str
    announcement_id: int | None
    confirmation_id: int | None
    attempts: int
    priority: int
    possibly_doubled: bool
    is_too_old: bool
    subscriber: Reader
    refused_before: int = 0

    @property
    def refusals(self) -> int:
        """How many attempts before this one had an outcome. An SMS is repeated once at most when it had none."""
        return max(self.refused_before + self.attempts - 1 - self.possibly_doubled, 0)


class Claim(NamedTuple):
    """Rows that are ours while the lease holds, the most urgent first.

    `suspect`: an earlier attempt has no known outcome. It may be the row that brings workers down, so it goes alone.
    `lost`: how many were being sent when an earlier lease ran out; they are settled or queued again already.
    """

    token: str
    fresh: list[ClaimedDelivery]
    suspect: list[ClaimedDelivery]
    lost: int

    def __len__(self) -> int:
        return len(self.fresh) + len(self.suspect) + self.lost
