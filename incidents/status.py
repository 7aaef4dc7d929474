"""The status engine: pure rules over plain values. Worst wins, and says why."""

from collections.abc import Iterable
from typing import NamedTuple

from .enums import ComponentStatus, Impact

# Read off 10,226 real snapshots: the worst component decides, in these words.
_ROLLUP = {
    ComponentStatus.MAJOR_OUTAGE: (Impact.MAJOR, "Partial System Outage"),
    ComponentStatus.PARTIAL_OUTAGE: (Impact.MINOR, "Minor Service Outage"),
    ComponentStatus.DEGRADED_PERFORMANCE: (Impact.MINOR, "Partially Degraded Service"),
    ComponentStatus.UNDER_MAINTENANCE: (Impact.MAINTENANCE, "Service Under Maintenance"),
    ComponentStatus.OPERATIONAL: (Impact.NONE, "All Systems Operational"),
}


class Overall(NamedTuple):
    indicator: Impact
    description: str


def worst(statuses: Iterable[ComponentStatus]) -> ComponentStatus:
    """The worst of `statuses`; operational where there is none."""
    return max(statuses, key=lambda status: status.rank, default=ComponentStatus.OPERATIONAL)


def overall(statuses: Iterable[ComponentStatus]) -> Overall:
    """The state of the whole page by its leaf components (groups do not count twice)."""
    statuses = list(statuses)
    if statuses and all(status == ComponentStatus.MAJOR_OUTAGE for status in statuses):
        return Overall(Impact.CRITICAL, "Major Service Outage")
    return Overall(*_ROLLUP[worst(statuses)])
