"""The meaning of the reason of a failed or suppressed SMS by today's rules, whichever gateway gave it, and whenever."""

import re

from ..verdicts import Verdict
from . import http, twilio
from .gateway import verdict_of_status

_STATUS = re.compile(r"([1-5]\d\d): ")
_CODE = re.compile(r"(?:^|\()(\d{5})(?:: |\))")  # of Twilio, before its words or behind ours


def verdict_of(reason: str) -> Verdict | None:
    """Return the verdict on a reason; None where it is nobody's words that we can read."""
    if found := _STATUS.match(reason):
        return verdict_of_status(int(found[1]))
    if found := _CODE.search(reason):
        return twilio.verdict_of_code(int(found[1]))
    return Verdict.UNKNOWN if reason.startswith(http.SAYS) else None  # the plain protocol has no word for a dead number
