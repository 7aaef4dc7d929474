"""The addresses that become links: absolute ones of the web and of mail. All others are shown as they were typed."""

import re

from .cleaning import keeps_link

_WEB = r"https?://(?:[^\W_](?:[\w-]{0,62}+)\.?+){1,20}+(?::\d{1,5}+)?+"
_LINK = re.compile(_WEB + r"(?:[/?#]\S*+)?+$|mailto:[^\s@<>]++@[^\s@<>]++$", re.IGNORECASE)
BARE = re.compile(_WEB + r"(?:[/?#][^\s<>\[\]`\"]*+)?+", re.IGNORECASE)
_TARGET = re.compile(r"""\( *+<?((?:[^\s()<>]|\([^\s()<>]*+\))++)>?(?: ++"([^"\n]++)"| ++'([^'\n]++)')? *+\)""")
_IN_ANGLES = re.compile(r"<(?:(https?://[^\s<>]++|mailto:[^\s<>]++)|([^\s<>@:/]++@[^\s<>@:/]++))>", re.IGNORECASE)
_TRAILING = "?!.,:;*_~'\""


def is_link(url: str) -> bool:
    """`url` is absolute and of a kind that a reader can follow from a mail too."""
    return bool(_LINK.match(url)) and keeps_link(url)


def target(text: str, at: int) -> tuple[str, str, int] | None:
    """The address in the round brackets at `at`, its title in brackets, and where they end."""
    found = _TARGET.match(text, at)
    if not found or not is_link(found[1]):
        return None
    title = found[2] or found[3]
    return found[1], f" ({title})" if title else "", found.end()


def bare(text: str, at: int) -> tuple[str, str, int]:
    """Return what stands by itself at `at`: its address, empty where that is none, the text to show, and where that
    ends.

    An address that leads nowhere is text as a whole: nothing of it is looked at twice.
    """
    if text[at] == "<":
        return _in_angles(text, at)
    found = None if text[at - 1 : at].isalnum() else BARE.match(text, at)
    shown = _without_trailing(found[0]) if found else text[at]
    return shown if is_link(shown) else "", shown, at + len(shown)


def _in_angles(text: str, at: int) -> tuple[str, str, int]:
    found = _IN_ANGLES.match(text, at)
    url = (found[1] or f"mailto:{found[2]}") if found else ""
    if not found or not is_link(url):
        return "", "<", at + 1
    return url, found[1] or found[2], found.end()


def _without_trailing(url: str) -> str:
    """`url` without the punctuation of the sentence around it; a closing bracket belongs to it if one was opened."""
    unmatched = url.count(")") - url.count("(")
    end = len(url)
    while end and (url[end - 1] in _TRAILING or (url[end - 1] == ")" and unmatched > 0)):
        unmatched -= url[end - 1] == ")"
        end -= 1
    return url[:end]
