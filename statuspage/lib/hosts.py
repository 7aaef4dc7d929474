"""Names of machines, as they travel in addresses, headers and mail."""

import ipaddress
import re

import idna

_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")


def travelling(text: str) -> str:
    """`text`, a host name in whatever letters, or an IPv6 address, in ASCII and lower case. Raises ValueError.

    By IDNA 2008 without the mappings of its transition, as browsers do: Python's own codec makes another name of some.
    A name with an underscore is none: Django would refuse every request to it.
    """
    if ":" in text and "%" not in text:  # what follows a % names a line of this machine
        return ipaddress.IPv6Address(text).compressed
    name = text.removesuffix(".")
    if not name.isascii() or "xn--" in name.lower():
        name = idna.encode(name, uts46=True, std3_rules=True, transitional=False).decode("ascii")
    if not _NAME.fullmatch(name.lower()):
        raise ValueError(f"{text} is not the name of a host")
    return name.lower()


def in_address(host: str) -> str:
    """As it stands in an address and in a Host header: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host
