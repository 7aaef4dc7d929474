"""The spellings by which an address may be kept from before, by an earlier rule of its channel."""

from django.core.exceptions import ValidationError

from .addresses import Address, normalise
from .channels import registry


def earlier(address: Address) -> Address | None:
    """How `address` was written before; None where that is the same. It may be somebody else's today."""
    before = registry.of(address.channel).earlier(address.address)
    return address._replace(address=before) if before else None


def kept_as(text: str) -> list[Address]:
    """Return under what that which is typed may be kept, by today's rule first. Raises ValidationError, as `normalise`
    does, for what could never be an address."""
    try:
        address = normalise(text)
    except ValidationError:
        if before := _taken_before(text.strip()):
            return before
        raise
    return [one for one in (address, earlier(address)) if one]


def _taken_before(text: str) -> list[Address]:
    """Return the address that was accepted once for what is none any more."""
    found = [(one.channel, one.taken_before(text)) for one in registry.every()]
    return [Address(channel, before) for channel, before in found if before]
