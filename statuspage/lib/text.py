"""The text that may enter the program.

Django's own validation lets a vertical tab into a mail subject, where it fails at send time: a poison row.
"""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from . import markdown

# Line separators and bidirectional controls: they break headers and let one text read as another.
_BIDI_AND_SEPARATORS = frozenset("\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_WITHOUT_MARKS = dict.fromkeys(map(ord, _BIDI_AND_SEPARATORS)) | {0x2028: " ", 0x2029: " "}
_FORBIDDEN_CATEGORIES = ("Cc", "Cs")  # control characters and lone surrogates
# What neither XML 1.0 (escaped or not) nor a calendar may hold.
_NOT_PRINTABLE = re.compile("[^\t\n\r\u0020-\u007e\u00a0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_RIGHT_TO_LEFT = frozenset(("R", "AL"))
_MARKS = re.compile(r"[`*_~\[\]<|]|https?:", re.IGNORECASE)
MAX_TEXT = 25_000
MAX_LINES = 1_000
MAX_MARKS = 3_000


def _forbidden(text: str, allowed: str) -> str | None:
    if text.isprintable():  # nearly every text; Python's word for it leaves out all that is forbidden here
        return None
    for char in text:
        if char in allowed:
            continue
        if char in _BIDI_AND_SEPARATORS or unicodedata.category(char) in _FORBIDDEN_CATEGORIES:
            return char
    return None


def validate_line(text: str) -> None:
    """One line of plain text: a title, a name. Raises ValidationError for control, bidi and separator characters."""
    if bad := _forbidden(text, allowed=""):
        raise ValidationError(
            _("Remove the invisible character %(code)s; it cannot be sent."),
            code="control",
            params={"code": f"U+{ord(bad):04X}"},
        )


def validate_text(text: str) -> None:
    """Validate several lines of Markdown. Raises ValidationError for hidden characters and for what cannot be shown.

    What a text costs grows with its lines and marks; with as many as are allowed here it is shown well within 200 ms.
    """
    if bad := _forbidden(text, allowed="\n\r\t"):
        raise ValidationError(f"Remove the invisible character U+{ord(bad):04X}; it cannot be sent.", code="control")
    validate_size(text)
    _validate_shown(text)


def validate_size(text: str) -> None:
    """Raises ValidationError for more lines or marks than an update needs: these, not the words, take the time."""
    if text.strip().count("\n") >= MAX_LINES:
        raise ValidationError(f"Use at most {MAX_LINES:,} lines.", code="lines")
    if (marks := len(_MARKS.findall(text))) > MAX_MARKS:
        raise ValidationError(
            f"Use at most {MAX_MARKS:,} marks such as * _ ` [ | < and links; there are {marks:,}.", code="marks"
        )


def _validate_shown(text: str) -> None:
    try:
        markdown.render(text[:MAX_TEXT])  # what is longer is refused by its field
    except Exception as error:  # whatever it is, the person who wrote the text can mend it, and nobody else
        raise ValidationError(f"This text cannot be shown as written: {error!r:.200}", code="markdown") from error


def is_blank(text: str) -> bool:
    """Return whether nothing of `text` can be seen: it is empty, or spaces and characters without width."""
    return all(unicodedata.category(char)[0] in "CZ" for char in text)


def without_marks(text: str) -> str:
    """`text` without bidirectional controls, a space for a line separator: for what another program has published."""
    return text.translate(_WITHOUT_MARKS)


def printable(text: str) -> str:
    """`text` without control characters, lone surrogates and what is no character at all: for feeds and the like."""
    return _NOT_PRINTABLE.sub("", text)


def isolated(name: str) -> str:
    """`name` within a line of ours: where it is written from right to left, so marked that it turns nothing around it.

    For plain text, which has no <bdi>: first strong isolate and its end (Unicode Bidirectional Algorithm, X5c).
    """
    is_rtl = any(unicodedata.bidirectional(char) in _RIGHT_TO_LEFT for char in name)
    return f"\u2068{name}\u2069" if is_rtl else name


def storable(said: str, longest: int) -> str:
    """Return what a provider said, as every database takes it: without NUL and half characters, which would fail the
    writing of all that was said together, again and again."""
    return said.encode(errors="replace").decode().replace("\0", " ")[:longest]
