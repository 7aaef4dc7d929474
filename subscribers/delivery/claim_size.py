"""How many rows a send run claims at once: what the provider takes in half a second.

The queries of a claim and of its check cost as much for few rows as for many, and what one worker holds no other can
take. A provider is as fast as it was a minute ago, so the next run begins with what the last one found.
"""

from ..enums import Channel

FIRST, LEAST, MOST = 50, 20, 1000
MOST_AT_FIRST = 200  # of a run: sending begins when they are read, and a look at each takes time
SECONDS = 0.5
MORE = 4  # times the last claim at most


class ClaimSize:
    """The size for one channel in this process."""

    def __init__(self) -> None:
        self.rows = FIRST

    def exactly(self, rows: int) -> int:
        self.rows = rows
        return rows

    def at_first(self) -> int:
        """The first claim of a run."""
        self.rows = min(self.rows, MOST_AT_FIRST)
        return self.rows

    def after(self, seconds: float) -> int:
        """The next, `seconds` after the last, which is handed out."""
        fitting = int(self.rows * SECONDS / max(seconds, 0.001))
        self.rows = max(LEAST, min(fitting, MORE * self.rows, MOST))
        return self.rows


_sizes: dict[Channel, ClaimSize] = {}


def of(channel: Channel) -> ClaimSize:
    return _sizes.setdefault(channel, ClaimSize())


forget = _sizes.clear  # begin anew
