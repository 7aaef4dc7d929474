"""The reports of a provider on messages that it took before."""

from enum import Enum, auto
from typing import NamedTuple

from .verdicts import SUPPRESS, Verdict


class Event(Enum):
    DELIVERED = auto()
    DELAYED = auto()  # it goes on trying
    BOUNCED = auto()  # it came back
    FAILED = auto()  # the provider never passed it on
    COMPLAINED = auto()  # the recipient called it spam
    UNSUBSCRIBED = auto()  # through the provider's own link


class Report(NamedTuple):
    delivery_id: int
    event: Event
    reason: str = ""
    provider_id: str = ""
    verdict: Verdict = Verdict.UNKNOWN

    @property
    def suppress(self) -> bool:
        """True where what happened speaks against the address itself."""
        return self.verdict in SUPPRESS and self.event in (Event.BOUNCED, Event.FAILED)
