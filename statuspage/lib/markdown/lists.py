"""Lists, with bullets and with numbers: nested from two spaces on, and right below a paragraph."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

# A year at the beginning of a line is no number of a list.
_MARKER = re.compile(r"( {0,3})(?:[-*+]|(\d{1,3}+)[.)]) ++(?=\S)")

Read = Callable[[Element, Sequence[str]], None]
GoesOn = Callable[[Sequence[str], int], bool]


@dataclass(frozen=True, slots=True)
class _Marker:
    number: int | None  # None: a bullet
    indent: int
    width: int

    @classmethod
    def of(cls, line: str) -> "_Marker | None":
        found = _MARKER.match(line)
        return cls.made(found) if found else None

    @classmethod
    def made(cls, found: re.Match[str]) -> "_Marker":
        return cls(int(found[2]) if found[2] else None, len(found[1]), found.end())


def indent_of(line: str) -> int:
    """How many spaces `line` begins with."""
    return len(line) - len(line.lstrip(" "))


def begins(lines: Sequence[str], at: int, in_paragraph: bool) -> bool:
    """A list begins here; below a paragraph only with a bullet or the number 1."""
    marker = _Marker.of(lines[at])
    return marker is not None and not (in_paragraph and marker.number not in (None, 1))


def read(parent: Element, lines: Sequence[str], at: int, read_item: Read, goes_on: GoesOn) -> int:
    """Read the list at `at` into `parent`, each item by `read_item`; returns the line after it.

    `goes_on`: the line is no more than more of the paragraph before it.
    """
    first = _Marker.made(next(_MARKER.finditer(lines[at])))  # that it is there `begins` said
    element, is_loose = SubElement(parent, "ul" if first.number is None else "ol"), False
    if first.number not in (None, 1):
        element.set("start", str(first.number))
    expected = first.number
    marker: _Marker | None = first
    while marker and (marker.number is None) == (first.number is None):
        item = SubElement(element, "li")
        if marker.number not in (expected, first.number):
            item.set("value", str(marker.number))
            expected = marker.number
        expected = expected and expected + 1
        content, at, has_gap = _item_lines(lines, at, marker, goes_on)
        read_item(item, content)
        marker = _Marker.of(lines[at]) if at < len(lines) else None
        is_loose |= "" in content or bool(has_gap and marker)
    if not is_loose:
        _tighten(element)
    return at


def _item_lines(lines: Sequence[str], at: int, marker: _Marker, goes_on: GoesOn) -> tuple[list[str], int, bool]:
    """The lines of one item without its marker and indent, the line after it, and whether blank lines precede that."""
    content, gap = [lines[at][marker.width :]], []
    for end in range(at + 1, len(lines)):
        line = lines[end]
        indent = indent_of(line)
        if not line:
            gap.append(line)
        elif indent >= marker.indent + 2:
            content += [*gap, line[min(indent, marker.width) :]]
            gap = []
        elif not gap and not _Marker.of(line) and goes_on(lines, end):
            content.append(line.strip())
        else:
            return content, end, bool(gap)
    return content, len(lines), False


def _tighten(element: Element) -> None:
    """Take the paragraphs out of the items of a list without blank lines."""
    for item in element:
        if len(item) and item[0].tag == "p":
            item[0].tag = "span"  # which the cleaning takes away, but not what is in it
