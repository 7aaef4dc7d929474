"""What a relay's refusal means (RFC 5321, RFC 3463)."""

import re

from . import Failed
from .smtp import Reply

_ENHANCED = re.compile(r"5\.\d{1,3}\.\d{1,3}\b")
# What it says of the address itself, as opposed to the mailbox's size, to us or to our text.
_BAD_ADDRESS = re.compile(r"5\.1\.(1|2|3|6|10)\b|5\.2\.1\b")
_GENERAL = re.compile(r"4\.3\.\d{1,3}\b")  # the mail system itself
_BAD_ADDRESS_CODES = (550, 551, 553)
# The same codes without an enhanced one also come from a relay that does not want us: a wrong setting must not
# suppress every address there is.
_ABOUT_US = re.compile(r"relay|polic|denied|spam|block|black|authenti|reputation|\brbl\b|\bdns", re.IGNORECASE)


def failure(delivery_id: int, reply: Reply, *, is_recipient: bool) -> Failed:
    """The outcome that `reply` is; `is_recipient`: it answered RCPT."""
    said = Reply(reply.code, " ".join(reply.text.split()))
    is_permanent = 500 <= reply.code <= 599
    is_bad = is_permanent and _is_bad_address(said, is_recipient=is_recipient)
    is_general = reply.code == 421 or bool(_GENERAL.match(said.text))
    return Failed(delivery_id, str(said), permanent=is_permanent, suppress=is_bad, is_general=is_general)


def _is_bad_address(reply: Reply, *, is_recipient: bool) -> bool:
    if _ENHANCED.match(reply.text):
        return bool(_BAD_ADDRESS.match(reply.text))
    return is_recipient and reply.code in _BAD_ADDRESS_CODES and not _ABOUT_US.search(reply.text)
