"""The condition under which a reader who has something gets it again (RFC 9110, 13), for every public answer, whoever
sends it.

Django's own reading differs: it refuses If-Unmodified-Since where there is no date to compare (13.1.4 ignores it).
"""

import re
from collections.abc import Mapping

NOT_MODIFIED, FAILED = "304 Not Modified", "412 Precondition Failed"
_TAGS = re.compile(r'(?:W/)?"[^"]*"')


def outcome(environ: Mapping[str, str], etag: str) -> str:
    """NOT_MODIFIED or FAILED in place of a 200 with the strong `etag` to a GET or HEAD; empty for the answer itself."""
    wanted = environ.get("HTTP_IF_MATCH")
    if wanted is not None and wanted.strip() != "*" and etag not in _TAGS.findall(wanted):
        return FAILED
    known = environ.get("HTTP_IF_NONE_MATCH")
    if known is not None and (known == etag or _knows(known, etag)):
        return NOT_MODIFIED
    return ""


def _knows(known: str, etag: str) -> bool:
    """If-None-Match compares weakly."""
    return known.strip() == "*" or etag in (tag.removeprefix("W/") for tag in _TAGS.findall(known))
