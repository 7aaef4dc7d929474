"""Compares what the sinks were handed with what the ledger says: the invariants I1 to I6 of the delivery promise."""

from collections import defaultdict

from incidents.models import Announcement
from subscribers.audience import who_hears
from subscribers.enums import FINAL, DeliveryState
from subscribers.models import Delivery
from tests.sinks import Journal


def violations(announcement: Announcement, *journals: Journal, settled: bool = True) -> list[str]:
    """What is wrong, in words; an empty list if nothing is. The journals speak of this announcement alone.

    `settled=False`: rows may still be on their way.
    """
    rows = list(announcement.deliveries.select_related("subscriber"))
    handed = _handed_over(journals)
    found = _rows_are_the_audience(announcement, rows)
    if settled:
        found += [f"I2 {row.subscriber} stays {row.state}" for row in rows if row.state not in FINAL]
    for row in rows:
        found += _copies(row, handed.pop(row.subscriber.address, []))
    found += [f"I6 {address} was written to and has no row" for address in handed]
    return found + _names_are_unique(journals)


def _handed_over(journals) -> dict[str, list[str]]:
    handed = defaultdict(list)
    for journal in journals:
        for entry in journal.entries():
            handed[entry["to"]].append(entry["id"])
    return handed


def _rows_are_the_audience(announcement: Announcement, rows: list[Delivery]) -> list[str]:
    owed = who_hears(announcement).exclude(pk__in=[row.subscriber_id for row in rows])
    return [f"I1 {subscriber} has no row" for subscriber in owed]


def _copies(row: Delivery, copies: list[str]) -> list[str]:
    found = []
    if row.state == DeliveryState.SENT and not copies:
        found.append(f"I3 {row.subscriber} is sent and got nothing")
    if len(copies) > 1 and not row.possibly_doubled:
        found.append(f"I3 {row.subscriber} got {len(copies)} and is not flagged")
    if len(set(copies)) > 1:
        found.append(f"I4 {row.subscriber} got copies under different names: {set(copies)}")
    if row.state == DeliveryState.SKIPPED and copies:
        found.append(f"I5 {row.subscriber} is skipped ({row.reason}) and got it")
    return found


def _names_are_unique(journals) -> list[str]:
    """One Message-ID for two people: mail servers drop the second as a duplicate."""
    owners = defaultdict(set)
    for journal in journals:
        for entry in journal.entries():
            if entry["id"].startswith("<"):
                owners[entry["id"]].add(entry["to"])
    return [f"I4 {name} went to {len(people)} people" for name, people in owners.items() if len(people) > 1]
