"""The lines of a text as a tree of blocks. Each line is looked at a few times a level, and levels are few.

The `text` of an element is source that `inline` will read, unless it is an AtomicString.
"""

import re
from collections.abc import Callable, Sequence
from xml.etree.ElementTree import Element, SubElement

from markdown.blockparser import BlockParser
from markdown.blockprocessors import BlockProcessor
from markdown.util import AtomicString

from . import lists, tables
from .definitions import Definitions

Begins = Callable[[Sequence[str], int, bool], bool]
Read = Callable[[Element, Sequence[str], int], int]
Kind = tuple[Begins, Read]
MAX_DEPTH = 8  # of lists and quotes within each other; a deeper marker is text
_FENCE = re.compile(r" {0,3}(`{3,}+|~{3,}+) *+([^`]*+)$")
_LANGUAGE = re.compile(r"[\w.+#-]{0,20}+$")
_HEADING = re.compile(r" {0,3}#{1,6}+ ++(?=[^\s#])")
_UNDERLINE = re.compile(r"(?:=++|-{2,}+)$")
_QUOTE = re.compile(r" {0,3}>(?![\d=]) ?")  # ">3 errors" and ">= 2" are words


class Blocks(BlockProcessor):
    """The one block processor: takes all that the parser hands on."""

    def __init__(self, parser: BlockParser, definitions: Definitions):
        super().__init__(parser)
        self.definitions = definitions

    def test(self, parent: Element, block: str) -> bool:
        return True

    def run(self, parent: Element, blocks: list[str]) -> None:
        lines = "\n\n".join(blocks).split("\n")
        blocks.clear()
        _Level(self.definitions, 0).read(parent, [line.rstrip() for line in lines])


class _Level:
    """Reads the lines of the text, of a quote or of a list item into an element."""

    def __init__(self, definitions: Definitions, depth: int):
        self.definitions, self.depth = definitions, depth
        # What may begin at a line, with what reads it from there and returns the line after it.
        self._kinds: tuple[Kind, ...] = (
            (_is_fence, _read_fence),
            (_is_heading, _read_heading),
            (_is_rule, _read_rule),
            (tables.begins, tables.read),
            (_is_code, _read_code),
            (definitions.is_one, definitions.read),
        )
        if depth < MAX_DEPTH:
            self._kinds += ((_is_quote, self._read_quote), (lists.begins, self._read_list))

    def read(self, parent: Element, lines: Sequence[str]) -> None:
        """Append the blocks of `lines`, which end in no space, to `parent`."""
        at = 0
        paragraph: list[str] = []
        while at < len(lines):
            if not lines[at]:
                at += 1
                _end(parent, paragraph)
            elif len(paragraph) == 1 and _UNDERLINE.match(lines[at]):
                at += 1
                _add_heading(parent, paragraph.pop())
            else:
                at = self._read_one(parent, lines, at, paragraph)
        _end(parent, paragraph)

    def _read_one(self, parent: Element, lines: Sequence[str], at: int, paragraph: list[str]) -> int:
        for begins, read in self._kinds:
            if begins(lines, at, bool(paragraph)):
                _end(parent, paragraph)
                return read(parent, lines, at)
        paragraph.append(lines[at].strip())
        return at + 1

    def _read_quote(self, parent: Element, lines: Sequence[str], at: int) -> int:
        end = at
        while end < len(lines) and _QUOTE.match(lines[end]):
            end += 1
        quote = SubElement(parent, "blockquote")
        self._inner().read(quote, [_QUOTE.sub("", line, count=1) for line in lines[at:end]])
        return end

    def _read_list(self, parent: Element, lines: Sequence[str], at: int) -> int:
        return lists.read(parent, lines, at, self._inner().read, self._goes_on)

    def _goes_on(self, lines: Sequence[str], at: int) -> bool:
        """The line only goes on with the paragraph before it."""
        return not any(begins(lines, at, True) for begins, _ in self._kinds)

    def _inner(self) -> "_Level":
        return _Level(self.definitions, self.depth + 1)


def _end(parent: Element, paragraph: list[str]) -> None:
    if paragraph:
        SubElement(parent, "p").text = "\n".join(paragraph)
        paragraph.clear()


def _is_fence(lines: Sequence[str], at: int, in_paragraph: bool) -> bool:
    return bool(_FENCE.match(lines[at]))


def _read_fence(parent: Element, lines: Sequence[str], at: int) -> int:
    """A fence that nobody closes holds the rest. Its language is not shown; other words behind it are."""
    fence, said = _FENCE.findall(lines[at])[0]
    code = [] if _LANGUAGE.match(said) else [said]
    indent = lists.indent_of(lines[at])
    for end in range(at + 1, len(lines)):
        line = lines[end].strip()
        if line.startswith(fence) and not line.strip(fence[0]):
            break
        code.append(lines[end][min(indent, lists.indent_of(lines[end])) :])
    else:
        end = len(lines)
    _add_code(parent, code)
    return end + 1


def _is_code(lines: Sequence[str], at: int, in_paragraph: bool) -> bool:
    return not in_paragraph and lines[at].startswith("    ")


def _read_code(parent: Element, lines: Sequence[str], at: int) -> int:
    end = at
    while end < len(lines) and (not lines[end] or lines[end].startswith("    ")):
        end += 1
    _add_code(parent, [line[4:] for line in lines[at:end]])
    return end


def _add_code(parent: Element, lines: Sequence[str]) -> None:
    code = SubElement(SubElement(parent, "pre"), "code")
    code.text = AtomicString("\n".join(lines).rstrip("\n"))


def _is_heading(lines: Sequence[str], at: int, in_paragraph: bool) -> bool:
    return bool(_HEADING.match(lines[at]))


def _read_heading(parent: Element, lines: Sequence[str], at: int) -> int:
    text = _HEADING.sub("", lines[at], count=1)
    closed = text.rstrip("#")
    _add_heading(parent, closed.rstrip() if closed.endswith(" ") else text)
    return at + 1


def _add_heading(parent: Element, text: str) -> None:
    """A bold paragraph: of whatever level, it would break the outline of the page or mail that holds it."""
    SubElement(SubElement(parent, "p"), "strong").text = text


def _is_rule(lines: Sequence[str], at: int, in_paragraph: bool) -> bool:
    marks = lines[at].replace(" ", "")
    return len(marks) >= 3 and marks[0] in "-*_" and not marks.strip(marks[0])


def _read_rule(parent: Element, lines: Sequence[str], at: int) -> int:
    SubElement(parent, "hr")
    return at + 1


def _is_quote(lines: Sequence[str], at: int, in_paragraph: bool) -> bool:
    begin = _QUOTE.match(lines[at])
    return bool(begin and lines[at][begin.end() :])
