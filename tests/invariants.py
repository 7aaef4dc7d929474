"""Compares what the sinks were handed with what the ledger says: the invariants of delivery."""

from incidents.models import Announcement
from subscribers.delivery import invariants
from tests.sinks import Journal


def violations(announcement: Announcement, *journals: Journal, settled: bool = True) -> list[str]:
    """What is wrong, in words; an empty list if nothing is. The journals speak of this announcement alone.

    `settled=False`: rows may still be on their way.
    """
    handed = [invariants.Handed(entry["to"], entry["id"]) for journal in journals for entry in journal.entries()]
    return invariants.violations(announcement, handed, settled=settled)
