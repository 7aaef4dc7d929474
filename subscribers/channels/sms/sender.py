"""The sender of our SMS, and whether it takes replies: a name takes none."""

import re
from urllib.parse import parse_qs, urlsplit

from django.conf import settings

# A phone number, a short code, or the id of a messaging service, which has numbers of its own.
_TAKES_REPLIES = re.compile(r"\+?[0-9]{3,15}|MG[0-9A-Za-z]+")


def takes_replies() -> bool:
    """Return whether the sender in SMS_URL takes replies. Without one nobody knows what the gateway puts there, so no;
    in the outbox, as if."""
    try:
        parts = urlsplit(settings.SMS_URL)
    except ValueError:  # said elsewhere; nothing is sent by it
        return False
    sender = parse_qs(parts.query).get("from", [""])[-1]
    return parts.scheme == "outbox" or bool(_TAKES_REPLIES.fullmatch(sender))
