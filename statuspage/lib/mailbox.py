"""One mailbox as it stands in a setting or header: `address`, `<address>` or `Name <address>` (RFC 5322, 3.4)."""

from email.errors import MessageError
from email.policy import default


def split(text: str) -> tuple[str, str]:
    """`text` as (name, address); both empty where it is not one mailbox.

    Not parseaddr, which finds nothing in front of a domain literal before Python 3.11.4: `status@[192.0.2.1]`.
    """
    if len(text.splitlines()) != 1:  # which would be joined
        return "", ""
    try:
        found = default.header_factory("From", text).addresses
    except (MessageError, ValueError, IndexError):
        return "", ""
    return (found[0].display_name, found[0].addr_spec) if len(found) == 1 else ("", "")
