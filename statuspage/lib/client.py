"""The address of the client who asks, and the network that it belongs to.

Behind proxies everybody's peer is the last proxy. Each of them appends the address that it saw to X-Forwarded-For, so
with TRUSTED_PROXIES of them the last that many are true. What stands before them the client may have made up.
"""

import ipaddress
import re
from collections.abc import Mapping
from typing import Any

from django.conf import settings

# What one customer has: a provider gives a home a /56 of IPv6 (RIPE-690), and IPv4 is rented out and routed by the /24.
_PREFIX = {4: 24, 6: 56}
Environ = Mapping[str, Any]  # a WSGI request; also request.META
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def network_of(environ: Environ) -> str:
    """The network from which a WSGI request comes, like 203.0.113.0/24; "unknown" where nothing tells."""
    address = _forwarded(environ) or _parse(environ.get("REMOTE_ADDR", ""))
    if not address:
        return "unknown"
    return str(ipaddress.ip_network((address, _PREFIX[address.version]), strict=False))


def _forwarded(environ: Environ) -> _Address | None:
    """The address that the outermost trusted proxy saw; None where it did not say so in a way that we understand."""
    hops = environ.get("HTTP_X_FORWARDED_FOR", "").split(",")
    if not 0 < settings.TRUSTED_PROXIES <= len(hops):
        return None
    return _parse(hops[-settings.TRUSTED_PROXIES])


def _parse(text: str) -> _Address | None:
    """An address, as proxies write it: with a port, in brackets, with a zone, IPv4 inside of IPv6."""
    text = re.sub(r"^\[([^\]]*)\](?::\d+)?$|^([\d.]+):\d+$", r"\1\2", text.strip()).partition("%")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
