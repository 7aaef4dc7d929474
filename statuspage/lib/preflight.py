"""The answer to a browser before a script of another site may send a request with headers of its own (Fetch standard).

Answered alike for every address whose answers are open to all, whether it is there or not.
"""

import re
from wsgiref.types import StartResponse

from .client import Environ

_MOST = 1024  # characters of names of headers that are echoed
_NAMES = re.compile(r"[\w!#$%&'*+.^`|~-]+(\s*,\s*[\w!#$%&'*+.^`|~-]+)*", re.ASCII)
_HEADERS = [
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Methods", "GET, HEAD"),
    ("Access-Control-Max-Age", "86400"),
    ("Allow", "GET, HEAD, OPTIONS"),
    ("Vary", "Access-Control-Request-Headers"),
    ("X-Content-Type-Options", "nosniff"),
]


def respond(environ: Environ, start_response: StartResponse) -> list[bytes]:
    """204 by WSGI, whatever the script wants to send along: nothing of it is read."""
    wanted = environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "")
    # Not always a star: it does not stand for Authorization, and browsers before 2021 do not know it.
    allowed = wanted if len(wanted) <= _MOST and _NAMES.fullmatch(wanted) else "*"
    start_response("204 No Content", [*_HEADERS, ("Access-Control-Allow-Headers", allowed)])
    return []
