"""How lively a page is: an open one asks every few seconds while something is open, or changed within the last hour."""

from collections.abc import Iterable
from datetime import datetime, timedelta

LIVELY_FOR = timedelta(hours=1)


def changed_lately(moments: Iterable[datetime | None], at: datetime) -> bool:
    """Whether one of `moments` was less than LIVELY_FOR before `at`."""
    return any(at - moment < LIVELY_FOR for moment in moments if moment)
