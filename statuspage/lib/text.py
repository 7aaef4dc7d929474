"""What text may enter the program.

Django's own validation lets a vertical tab into a mail subject, where it fails at send time: a poison row.
"""

import re
import unicodedata

from django.core.exceptions import ValidationError

# Line separators and bidirectional controls: they break headers and let one text read as another.
_BIDI_AND_SEPARATORS = frozenset("\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_WITHOUT_MARKS = dict.fromkeys(map(ord, _BIDI_AND_SEPARATORS)) | {0x2028: " ", 0x2029: " "}
_FORBIDDEN_CATEGORIES = ("Cc", "Cs")  # control characters and lone surrogates
# What neither XML 1.0 (escaped or not) nor a calendar may hold.
_NOT_PRINTABLE = re.compile("[^\t\n\r\u0020-\u007e\u00a0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BLANK = re.compile(r"\{\{\s*[a-z_]+\s*\}\}")
MAX_BRACKETS = 400


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
        raise ValidationError(f"Remove the invisible character U+{ord(bad):04X}; it cannot be sent.", code="control")


def validate_text(text: str) -> None:
    """Several lines of Markdown. Raises ValidationError for hidden characters and for runs of brackets.

    Python-Markdown is quadratic on brackets (measured: 5,000 of "[" take 16 s), hence the cap.
    """
    if bad := _forbidden(text, allowed="\n\r\t"):
        raise ValidationError(f"Remove the invisible character U+{ord(bad):04X}; it cannot be sent.", code="control")
    if text.count("[") > MAX_BRACKETS or text.count("(") > 2 * MAX_BRACKETS:
        raise ValidationError(f"Use at most {MAX_BRACKETS} square brackets.", code="brackets")


def without_marks(text: str) -> str:
    """`text` without bidirectional controls, a space for a line separator: for what another program has published."""
    return text.translate(_WITHOUT_MARKS)


def validate_filled(text: str) -> None:
    """Raises ValidationError when a template's blank is still standing in `text`, naming the first."""
    if blank := _BLANK.search(text):
        raise ValidationError(f"Fill the blank {blank.group()} before publishing.", code="blank")


def printable(text: str) -> str:
    """`text` without control characters, lone surrogates and what is no character at all: for feeds and the like."""
    return _NOT_PRINTABLE.sub("", text)


def storable(said: str, longest: int) -> str:
    """What a provider said, as every database takes it: without NUL and half characters, which would fail the writing
    of all that was said together, again and again."""
    return said.encode(errors="replace").decode().replace("\0", " ")[:longest]
