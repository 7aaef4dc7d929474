"""The sender on the envelope of each e-mail: its bounce comes back to an address that says whose it is, signed.

bounces+<delivery>-<signature>@status.example.com, all lower-case: relays on the way may not keep the case.
"""

import re
from functools import lru_cache
from hmac import compare_digest

from django.conf import settings

from statuspage.lib import tokens

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_SIGNATURE = 20  # hexadecimal digits: 80 bits, of which each guess is a mail
_ADDRESS = re.compile(r"([0-9a-z]{1,13})-([0-9a-f]{20})")


def envelope_sender(delivery_id: int) -> bytes | None:
    """Return the sender that names the delivery; None without BOUNCE_ADDRESS: then MAIL_FROM gets the bounces."""
    if not settings.BOUNCE_ADDRESS:
        return None
    local, host = _parts(settings.BOUNCE_ADDRESS)
    number = _base36(delivery_id)
    return f"{local}+{number}-{_sign(number)}@{host}".encode("ascii")


def read(address: str) -> int | None:
    """The delivery whose envelope had this sender; None for an address that we did not sign."""
    if not settings.BOUNCE_ADDRESS:
        return None
    local, host = _parts(settings.BOUNCE_ADDRESS)
    address = address.strip().strip("<>").lower()
    start, end = f"{local}+", f"@{host}"
    if not (address.startswith(start) and address.endswith(end)):
        return None
    found = _ADDRESS.fullmatch(address[len(start) : -len(end)])
    return int(found[1], 36) if found and compare_digest(_sign(found[1]), found[2]) else None


@lru_cache(maxsize=2)
def _parts(address: str) -> tuple[str, str]:
    local, _, host = address.lower().rpartition("@")
    return local, host


def _sign(number: str) -> str:
    return tokens.keyed_hash("bounce", number)[:_SIGNATURE]


def _base36(number: int) -> str:
    digits = ""
    while True:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
        if not number:
            return digits
