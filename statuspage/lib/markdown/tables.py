"""Tables: a row of heads, a row of dashes, rows. What stands in more cells than there are heads is shown too."""

import re
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement

_BAR = re.compile(r"(?<!\\)\|")
_DASHES = re.compile(r" *+:?-++:? *+$")


def begins(lines: Sequence[str], at: int, in_paragraph: bool) -> bool:
    """A row of heads with a row of dashes below, of as many cells."""
    if "|" not in lines[at] or at + 1 == len(lines) or not lines[at + 1].lstrip(" |:").startswith("-"):
        return False
    dashes = _cells(lines[at + 1])
    return len(dashes) == len(_cells(lines[at])) and all(_DASHES.match(cell) for cell in dashes)


def read(parent: Element, lines: Sequence[str], at: int) -> int:
    """Read the table at `at` into `parent`; returns the line after it."""
    table = SubElement(parent, "table")
    _add_row(SubElement(table, "thead"), "th", lines[at])
    end = at + 2
    body = None
    while end < len(lines) and "|" in lines[end]:
        body = SubElement(table, "tbody") if body is None else body
        _add_row(body, "td", lines[end])
        end += 1
    return end


def _cells(line: str) -> list[str]:
    return _BAR.split(line.strip().removeprefix("|").removesuffix("|"))


def _add_row(parent: Element, tag: str, line: str) -> None:
    row = SubElement(parent, "tr")
    for cell in _cells(line):
        SubElement(row, tag).text = cell.strip()
