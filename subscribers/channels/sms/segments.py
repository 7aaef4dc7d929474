"""The length of an SMS in segments. Pure: GSM 03.38 counts septets (160, or 153 a segment), anything else UTF-16 units
(70, 67)."""

import unicodedata
from collections.abc import Iterator

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")  # an escape and a septet each
# What word processors put in place of plain characters: one curly quote would halve what fits.
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4\u2039\u203a\u02bc`", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043", "-"),
        **dict.fromkeys("\u00a0\u2007\u2009\u200a\u202f\t", " "),
        "\u2026": "...",
        **dict.fromkeys("\u2022\u00b7", "-"),
        "\u2044": "/",
        "\u00d7": "x",
        **dict.fromkeys("\u200b\u2060\ufeff\u00ad", ""),
    }
)
_JOINERS = "\u200d\ufe0e\ufe0f"
ELLIPSIS = "..."


def plain(text: str) -> str:
    """`text` with typographic characters as their plain likes, so that it fits the GSM alphabet where it can.

    An accent of its own joins its letter. No letter loses an accent: in many languages that is another word.
    """
    return unicodedata.normalize("NFC", text).translate(_PLAIN)


def is_gsm(text: str) -> bool:
    """Whether every character of `text` is in the GSM alphabet or its extension."""
    return all(char in _BASIC or char in _EXTENDED for char in text)


def count(text: str) -> int:
    """The number of segments that `text` takes. An escape pair or a surrogate pair is never cut in two."""
    gsm = is_gsm(text)
    single, joined = (160, 153) if gsm else (70, 67)
    costs = list(_septets(text) if gsm else _utf16_units(text))
    if sum(costs) <= single:
        return 1
    segments, room = 1, joined
    for cost in costs:
        if cost > room:
            segments, room = segments + 1, joined
        room -= cost
    return segments


def _septets(text: str) -> Iterator[int]:
    return (2 if char in _EXTENDED else 1 for char in text)


def _utf16_units(text: str) -> Iterator[int]:
    return (2 if ord(char) > 0xFFFF else 1 for char in text)


def fit(before: str, text: str, after: str, segments: int) -> str:
    """`before` + `text` + `after` in at most `segments`; `text` alone is shortened, at a word where there is one.

    Where `before` and `after` are too long by themselves, they stay whole and `text` is left out.
    """
    if count(before + text + after) <= segments:
        return before + text + after
    for length in range(len(text) - 1, 0, -1):
        kept = _shortened(text, length)
        if count(before + kept + after) <= segments:
            return before + kept + after
    return before + after


def _shortened(text: str, length: int) -> str:
    while length and _continues(text[length]):  # never between a letter and its accent, or inside a joined emoji
        length -= 1
    kept = text[:length].rstrip(_JOINERS)
    words = kept.rsplit(" ", 1)[0] if " " in kept[len(kept) // 2 :] and text[length] != " " else kept
    return words.rstrip(" ,;:.-") + ELLIPSIS


def _continues(char: str) -> bool:
    return char in _JOINERS or unicodedata.category(char) in ("Mn", "Me", "Mc", "Sk")
