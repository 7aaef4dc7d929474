"""The words within a block: emphasis, code, links. One pass from left to right."""

import re
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

from . import links
from .definitions import Definitions
from .parts import Part, element_of, fill

MAX_OPEN = 20  # marks that wait for their other half; of more, the oldest is text
_SPECIAL = re.compile(r"[\\`*_~\[\]!<\n]|https?://", re.IGNORECASE)
_RUN = re.compile(r"`++|\*++|_++|~++")
_ESCAPABLE = frozenset("\\`*_{}[]()<>#+-.!~|&\"'")
_TAGS = {("*", 1): "em", ("_", 1): "em", ("*", 2): "strong", ("_", 2): "strong", ("~", 2): "del"}
_LABEL = re.compile(r"\[([^\[\]]{0,100}+)\]")


class Inline(Treeprocessor):
    """Reads the source in each element's text, and then hides the definitions that a link used."""

    def __init__(self, md: Markdown, definitions: Definitions):
        super().__init__(md)
        self.definitions = definitions

    def run(self, root: Element) -> None:
        for element in list(root.iter()):
            if element.text and not isinstance(element.text, AtomicString):
                parts = _Words(element.text, self.definitions).read()
                element.text = None
                fill(element, parts)
        self.definitions.hide_used()


@dataclass(slots=True)
class _Mark:
    """An opened mark: its sign, how often, and where it stands among the parts and in the text."""

    sign: str
    length: int
    place: int
    after: int


class _Words:
    def __init__(self, text: str, definitions: Definitions):
        self.text, self.definitions = text, definitions
        self.at = 0
        self.parts: list[Part] = []
        self.open: list[_Mark] = []
        self._ticks: dict[int, list[int]] | None = None

    def read(self) -> list[Part]:
        """The text as strings and elements, in order."""
        while special := _SPECIAL.search(self.text, self.at):
            self._take(special.start())
            self._read_one(special[0])
        self._take(len(self.text))
        return self.parts

    def _take(self, end: int) -> None:
        """The text up to `end`, as it is."""
        if end > self.at:
            self.parts.append(self.text[self.at : end])
            self.at = end

    def _add(self, part: Part, end: int) -> None:
        self.parts.append(part)
        self.at = end

    def _read_one(self, sign: str) -> None:
        match sign:
            case "\\":
                self._escape()
            case "`":
                self._code()
            case "*" | "_" | "~":
                self._emphasis()
            case "[" | "!":
                self._open_bracket()
            case "]":
                self._close_bracket()
            case "\n":
                self._add(Element("br"), self.at + 1)
                self.parts.append("\n")
            case _:
                self._bare_link()

    def _escape(self) -> None:
        escaped = self.text[self.at + 1 : self.at + 2]
        if escaped in _ESCAPABLE:
            self._add(escaped, self.at + 2)
        else:
            self._take(self.at + 1)

    def _code(self) -> None:
        end = next(_RUN.finditer(self.text, self.at)).end()
        close = self._closing_ticks(end - self.at, end)
        if close is None:
            self._take(end)
            return
        words = self.text[end:close].replace("\n", " ")
        if words.strip() and words[0] == words[-1] == " ":
            words = words[1:-1]
        self._add(element_of("code", [words]), close + end - self.at)

    def _closing_ticks(self, length: int, after: int) -> int | None:
        if self._ticks is None:
            self._ticks = defaultdict(list)
            for run in re.finditer("`++", self.text):
                self._ticks[len(run[0])].append(run.start())
        starts = self._ticks[length]
        place = bisect_left(starts, after)
        return starts[place] if place < len(starts) else None

    def _emphasis(self) -> None:
        run = next(_RUN.finditer(self.text, self.at))
        sign, length = run[0][0], len(run[0])
        opens, closes = _sides(self.text, run)
        if length > 3 or (sign == "~" and length != 2) or not (opens or closes):
            self._take(run.end())
            return
        left = self._close(sign, length) if closes else length
        self.at = run.end()
        if left:
            self.parts.append(sign * left)
            if opens:
                self._push(_Mark(sign, left, len(self.parts) - 1, self.at))

    def _push(self, mark: _Mark) -> None:
        self.open.append(mark)
        del self.open[:-MAX_OPEN]

    def _close(self, sign: str, length: int) -> int:
        """Close as much as there is open; returns how many signs are left."""
        while length and (place := self._partner(sign, length)) is not None:
            mark = self.open[place]
            used = 1 if mark.length == length == 3 else min(mark.length, length)
            element = element_of(_TAGS[sign, used], self.parts[mark.place + 1 :])
            mark.length -= used
            length -= used
            kept = [sign * mark.length] if mark.length else []
            self.parts[mark.place :] = [*kept, element]
            del self.open[place + bool(mark.length) :]
        return length

    def _partner(self, sign: str, length: int) -> int | None:
        """The nearest open mark that a run of `length` can close."""
        for place in reversed(range(len(self.open))):
            mark = self.open[place]
            if mark.sign == sign and (mark.length == length or 3 in (mark.length, length)):
                return place
        return None

    def _open_bracket(self) -> None:
        sign = "![" if self.text[self.at] == "!" else "["
        if not self.text.startswith(sign, self.at):
            self._take(self.at + 1)
            return
        self._add(sign, self.at + len(sign))
        self._push(_Mark(sign, 1, len(self.parts) - 1, self.at))

    def _close_bracket(self) -> None:
        brackets = [place for place, mark in enumerate(self.open) if mark.sign in ("[", "![")]
        place = brackets[-1] if brackets else None
        if place is None or not (target := self._target(self.open[place].after)):
            if place is not None:
                del self.open[place]
            self._take(self.at + 1)
            return
        begin = self.open[place].place
        url, title, end = target
        link = _link(url, self.parts[begin + 1 :])
        self.parts[begin:] = [link, title] if title else [link]
        self.at = end
        # No link within a link; and what was opened within this one stays there.
        self.open = [mark for mark in self.open[:place] if mark.sign not in ("[", "![")]

    def _target(self, after: int) -> tuple[str, str, int] | None:
        """Return where the brackets opened before `after` lead, what is said of it, and where that ends."""
        if found := links.target(self.text, self.at + 1):
            return found
        label = _LABEL.match(self.text, self.at + 1)
        name = (label and label[1]) or self.text[after : self.at]
        url = self.definitions.find(name)
        if not (url and links.is_link(url)):
            return None
        self.definitions.use(name)
        return url, "", label.end() if label else self.at + 1

    def _bare_link(self) -> None:
        url, shown, end = links.bare(self.text, self.at)
        self._add(_link(url, [shown]) if url else shown, end)


def _sides(text: str, run: re.Match[str]) -> tuple[bool, bool]:
    """Whether a run of signs can open and close, by what stands beside it (as CommonMark has it).

    Within a word or a number of plain letters and digits it does neither, be it "_" or "*": 5*3*2 is no emphasis.
    """
    before = text[run.start() - 1] if run.start() else " "
    after = text[run.end()] if run.end() < len(text) else " "
    if _is_word(before) and _is_word(after) and (run[0][0] == "_" or (before + after).isascii()):
        return False, False
    opens = not after.isspace() and (_is_word(after) or not _is_word(before))
    closes = not before.isspace() and (_is_word(before) or not _is_word(after))
    return opens, closes


def _is_word(char: str) -> bool:
    """Return whether it is neither space nor punctuation."""
    return char.isalnum()


def _link(url: str, parts: list[Part]) -> Element:
    """A link that says its address where it says nothing else. A bare link within it is no link any more."""
    for part in parts:
        if isinstance(part, Element):
            for inner in part.iter("a"):
                inner.tag = "span"
    says_something = any(isinstance(part, Element) or part.strip() for part in parts)
    link = element_of("a", parts if says_something else [url])
    link.set("href", url)
    return link
