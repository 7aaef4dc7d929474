"""How an address may be kept from before: domains were written by IDNA 2003 once, which is Python's own codec.

It made "strasse" of "stra\u00dfe", of a final sigma a common one, of joiners nothing: domains of other owners by
today's rule, so that nothing that is kept tells what was typed. It also took letters that no mail reaches, and domains
that IDNA 2008 forbids; those can be nobody else's.
"""

import idna
from django.core.exceptions import ValidationError

from .addresses import Address, normalise
from .enums import Channel


def earlier(address: Address) -> Address | None:
    """How `address` was written before; None where that is the same. It may be somebody else's today."""
    local, _, domain = address.address.rpartition("@")
    if address.channel != Channel.EMAIL or "xn--" not in domain:
        return None
    before = _before(idna.decode(domain))
    return Address(Channel.EMAIL, f"{local}@{before}") if before not in (None, domain) else None


def kept_as(text: str) -> list[Address]:
    """Under what that which is typed may be kept, by today's rule first. Raises ValidationError, as `normalise` does,
    for what could never be an address."""
    try:
        address = normalise(text)
    except ValidationError:
        if before := _taken_before(text.strip()):
            return [before]
        raise
    return [one for one in (address, earlier(address)) if one]


def _taken_before(text: str) -> Address | None:
    """What is no address any more, and was one."""
    local, _, domain = text.rpartition("@")
    is_ours = local and (not text.isascii() or "xn--" in domain.lower())
    before = _before(domain) if is_ours else None
    return Address(Channel.EMAIL, f"{local.lower()}@{before}") if before else None


def _before(domain: str) -> str | None:
    try:
        return domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return None
