"""The verdict of sink and ledger on one announcement."""

import sys
from typing import NamedTuple

from incidents.models import Announcement
from subscribers.enums import DeliveryState
from tests.invariants import violations
from tests.processes import Stack


class Result(NamedTuple):
    figure: str
    is_good: bool


class Entries(NamedTuple):
    """A journal's lines that speak of one announcement; an SMS does not say of which."""

    found: list[dict]

    def entries(self) -> list[dict]:
        return self.found


class Account(NamedTuple):
    """One announcement by sink and ledger. `extra`: copies beyond the first; `lost`: wanted, and never handed over."""

    wrong: list[str]
    rows: int
    extra: int
    flagged: int
    lost: int

    def result(self, most_extra: int, *figures: str, is_good: bool = True) -> Result:
        figure = f"{self.rows} rows, lost {self.lost}, extra {self.extra} of {most_extra}, flagged {self.flagged}"
        is_good = is_good and not self.wrong and not self.lost and self.extra <= most_extra
        return Result(", ".join([figure, *figures]), is_good)


def account(stack: Stack, announcement: Announcement, *, settled: bool = True) -> Account:
    """The invariants, and how many were lost and doubled, mails and SMS."""
    mails = mails_of(stack, announcement)
    journal = Entries(mails + stack.sms.journal.entries())
    wrong = violations(announcement, journal, settled=settled)
    for line in wrong[:10]:
        print(line, file=sys.stderr)
    handed = [entry["to"] for entry in journal.found]
    owed = announcement.deliveries.exclude(state=DeliveryState.SKIPPED).values_list("subscriber__address", flat=True)
    return Account(
        wrong,
        announcement.deliveries.count(),
        len(handed) - len(set(handed)),
        announcement.deliveries.filter(possibly_doubled=True).count(),
        len(set(owed) - set(handed)),
    )


def mails_of(stack: Stack, announcement: Announcement) -> list[dict]:
    prefix = f"<{announcement.public_id}."
    return [entry for entry in stack.smtp.journal.entries() if entry["id"].startswith(prefix)]
