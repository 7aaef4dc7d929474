"""The earlier spellings of an address: domains were written by IDNA 2003 once, which is Python's own codec.

It made "strasse" of "straße", of a final sigma a common one, of joiners nothing: domains of other owners by
today's rule, so that nothing that is kept tells what was typed. It also took letters that no mail reaches, and domains
that IDNA 2008 forbids; those can be nobody else's.
"""

import idna


def earlier(address: str) -> str | None:
    """How `address` was written before; None where that is the same. It may be somebody else's today."""
    local, _, domain = address.rpartition("@")
    if "xn--" not in domain:
        return None
    before = _before(idna.decode(domain))
    return f"{local}@{before}" if before not in (None, domain) else None


def taken_before(text: str) -> str | None:
    """Return the address that was accepted once for what is no address any more."""
    local, _, domain = text.rpartition("@")
    is_ours = local and (not text.isascii() or "xn--" in domain.lower())
    before = _before(domain) if is_ours else None
    return f"{local.lower()}@{before}" if before else None


def _before(domain: str) -> str | None:
    try:
        return domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return None
