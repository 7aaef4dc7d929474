"""The language of the site: one for every page, feed, mail and SMS, whatever a reader's browser prefers.

Nothing is in it by itself: a door that speaks to customers opens `speaking`, and when that ends so does the language.
All else, the staff's screens, the API and the command line, is in ENGLISH.
"""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, TypeAlias

from django.conf import settings
from django.utils import translation
from django.utils.functional import lazy
from django.utils.translation import gettext as _

if TYPE_CHECKING:  # it has no other name while running
    from django.utils.functional import _StrPromise

Text: TypeAlias = "str | _StrPromise"  # words, or words that are translated when they are read

ENGLISH = "en"
_STAFF = ("/admin/", "/outbox/")
_known = ENGLISH


def choices() -> list[tuple[str, str]]:
    """The languages with a complete catalogue, by code, each with its own name."""
    return list(settings.LANGUAGES)


def speaking(code: str) -> AbstractContextManager[None]:
    """Let what this thread composes be in the language `code`, until it is left; ENGLISH for one that there is not."""
    return translation.override(code if code in dict(settings.LANGUAGES) else ENGLISH)


def remember(code: str) -> None:
    """Note the language of the site, whenever its row was read: for what must be said while the database is away."""
    global _known
    _known = code


def known() -> str:
    """Return what this process heard last of the site's language; ENGLISH where it heard nothing yet."""
    return _known


def known_for(path: str) -> str:
    """The language of an answer at `path` for which nobody asks the database: the staff's own doors are in ENGLISH."""
    return ENGLISH if path.startswith(_STAFF) else _known


def either(words: Iterable[Text]) -> Text:
    """ "A, B or C"; translated when it is read."""
    return _either(list(words))


def _joined(words: list[Text]) -> str:
    *others, last = map(str, words)
    return _("%(others)s or %(last)s") % {"others": ", ".join(others), "last": last} if others else last


_either = lazy(_joined, str)
