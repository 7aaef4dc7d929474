"""Names of machines, as they travel in addresses, headers and mail."""

import ipaddress
import re

import idna

_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")


def travelling(text: str) -> str:
    """`text`, a host name in whatever letters, or an IPv6 address, in ASCII and lower case. Raises ValueError.

    A name with an underscore is none: Django would refuse every request to it.
    """
    if ":" in text and "%" not in text:  # what follows a % names a line of this machine
        return ipaddress.IPv6Address(text).compressed
    name = in_ascii(text.removesuffix("."))
    if not _NAME.fullmatch(name.lower()):
        raise ValueError(f"{text} is not the name of a host")
    return name.lower()


def in_ascii(name: str) -> str:
    """A domain in whatever letters, as it travels. Raises UnicodeError, which is a ValueError.

    By IDNA 2008 (RFC 5891) without the mappings of its transition (UTS 46), as browsers do: Python's own codec is IDNA
    2003, and makes of "stra\u00dfe" "strasse", which is somebody else's.
    """
    if name.isascii() and "xn--" not in name.lower():
        return name
    return idna.encode(name, uts46=True, std3_rules=True, transitional=False).decode("ascii")


def is_here(host: str | None) -> bool:
    """Whether `host` is this machine, whatever it is called elsewhere."""
    return host in ("localhost", "127.0.0.1", "::1")


def in_address(host: str) -> str:
    """Write a host as it stands in an address and in a Host header: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host


def address_literal(address: str) -> str:
    """Write an IP address as the name of a machine that has no other (RFC 5321, 4.1.3)."""
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"
