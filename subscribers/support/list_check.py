"""The check of a pasted list: what linking it would do, before it does it."""

from dataclasses import dataclass
from itertools import islice

from incidents.models import Incident

from ..addresses import Address
from ..enums import Channel
from ..models import AffectedCustomer, Subscriber, Suppression
from . import outcomes
from .customer_list import Customer, Understood, read

SHOWN = 20


@dataclass(frozen=True)
class Row:
    customer: Customer
    note: str


class Check:
    """A pasted list as it was understood. Reads three times, whatever its length, and writes nothing."""

    def __init__(self, incident: Incident, text: str):
        self.understood: Understood = read(text)
        self.addresses = {customer.address for customer in self.understood.customers}
        self.linked = {
            Address(Channel(channel), address)
            for channel, address in AffectedCustomer.objects.filter(incident=incident).values_list(
                "subscriber__channel", "subscriber__address"
            )
        } & self.addresses
        self.silent = self._silent()

    def _silent(self) -> dict[Address, str]:
        """Why nothing will be written, by address."""
        texts = [address for _, address in self.addresses]
        suppressed = {(row.channel, row.address): row for row in Suppression.objects.filter(address__in=texts)}
        left = Subscriber.objects.filter(address__in=texts).exclude(unsubscribed_at=None)
        found = {address: why for address in self.addresses if (why := outcomes.unsendable(address.channel))}
        found |= {Address(Channel(row.channel), row.address): outcomes.unreachable_reason(row, None) for row in left}
        for address in self.addresses & suppressed.keys():
            found[address] = outcomes.unreachable_reason(Subscriber(), suppressed[address])
        return found

    @property
    def new(self) -> int:
        """How many would be linked."""
        return len(self.addresses) - len(self.linked)

    @property
    def rows(self) -> list[Row]:
        """The first of them, each with what is to be known."""
        return [Row(customer, self._note(customer.address)) for customer in islice(self.understood.customers, SHOWN)]

    def _note(self, address: Address) -> str:
        if address in self.linked:
            return "Linked already."
        return self.silent.get(address, "")

    @property
    def more(self) -> int:
        """How many are understood and not shown."""
        return max(0, len(self.understood.customers) - SHOWN)
