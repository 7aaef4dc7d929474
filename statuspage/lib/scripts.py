"""What our scripts say in a reader's browser, in the language that is spoken; English they know by themselves.

The keys are the English words as they stand in static/js; tests/statuspage/test_language.py compares the two.
"""

import json

from django.utils.translation import get_language, gettext, gettext_noop

from . import spans
from .language import ENGLISH

_PAGE = (
    *(words for kind in (spans.LASTED, spans.AHEAD, spans.AGO) for words in kind.values()),
    gettext_noop("now"),
    gettext_noop("We cannot reach our server from here just now. What you read may be out of date."),
    gettext_noop("We cannot reach our server from here just now."),
    gettext_noop("It did not exist yet."),
    gettext_noop("No trouble."),
    gettext_noop("Copied"),
)
_BANNER = (
    gettext_noop("See the status page"),
    gettext_noop("Dismiss"),
    gettext_noop("%(number)s incidents are open, the latest: %(title)s."),
    gettext_noop("Maintenance: %(title)s."),
    # What API v2 says of the whole, which stays English there.
    gettext_noop("Partial System Outage"),
    gettext_noop("Minor Service Outage"),
    gettext_noop("Partially Degraded Service"),
    gettext_noop("Service Under Maintenance"),
    gettext_noop("Major Service Outage"),
)
_NO_WORDS = "const WORDS = {};"  # where those of the banner go


def element() -> str:
    """The words of the page's own scripts, as an element with data in it; empty in English."""
    if get_language() == ENGLISH:
        return ""
    return f'<script type="application/json" id="words">{_json(_PAGE)}</script>'


def with_words(script: str) -> str:
    """The `script` of the banner with its words in it."""
    if get_language() == ENGLISH:
        return script
    return script.replace(_NO_WORDS, f"const WORDS = {_json(_BANNER)};", 1)


def _json(english: tuple[str, ...]) -> str:
    """From the English words to the others; it ends no element."""
    words = {word: gettext(word) for word in english}
    return json.dumps(words, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
