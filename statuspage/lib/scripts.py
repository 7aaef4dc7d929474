"""The words of our scripts in a reader's browser, in the language that is spoken; English they know by themselves.

The keys are the English words as they stand in static/js; tests/statuspage/test_language.py compares the two.
"""

import json
import re

from django.utils.translation import get_language, gettext, gettext_noop

from . import spans
from .language import ENGLISH

_PAGE = (
    *(words for kind in (spans.LASTED, spans.AHEAD, spans.AGO) for words in kind.values()),
    gettext_noop("now"),
    gettext_noop("We cannot reach our server from here just now. What you read may be out of date."),
    gettext_noop("We cannot reach our server from here just now."),
    gettext_noop("Connection lost since %(time)s. What you read may be out of date."),
    gettext_noop("Updated just now."),
    gettext_noop("Updated %(span)s."),
    gettext_noop("Show mine first"),
    gettext_noop("Your components"),
    gettext_noop("It did not exist yet."),
    gettext_noop("No trouble."),
    gettext_noop("Copied"),
)
_BANNER = (
    gettext_noop("See the status page"),
    gettext_noop("Dismiss"),
    gettext_noop("${incidents.length} incidents are open, the latest: ${first.name}."),
    gettext_noop("Maintenance: "),
)
_WHOLE = (  # what API v2 says of the whole, which stays English there
    gettext_noop("Partial System Outage"),
    gettext_noop("Minor Service Outage"),
    gettext_noop("Partially Degraded Service"),
    gettext_noop("Service Under Maintenance"),
    gettext_noop("Major Service Outage"),
)
_OF_THE_WHOLE = "status.description"  # as the banner has it


def element() -> str:
    """The words of the page's own scripts, as an element with data in it; empty in English."""
    if get_language() == ENGLISH:
        return ""
    return f'<script type="application/json" id="words">{_json(_PAGE)}</script>'


def with_words(script: str) -> str:
    """The `script` of the banner with other words in the place of the English ones."""
    if get_language() == ENGLISH:
        return script
    for words in _BANNER:
        for mark in ('"', "`"):
            script = script.replace(f"{mark}{words}{mark}", f"{mark}{_within(gettext(words))}{mark}")
    return script.replace(_OF_THE_WHOLE, f"({_json(_WHOLE)})[{_OF_THE_WHOLE}]", 1)


def _within(words: str) -> str:
    """Escape what would end a text within a script."""
    return re.sub(r"[\\\"`]", r"\\\g<0>", words)


def _json(english: tuple[str, ...]) -> str:
    """Return the map from the English words to the others; it ends no element."""
    words = {word: gettext(word) for word in english}
    return json.dumps(words, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
