"""Our HTML as plain text: what mail programs, terminals and other programs show."""

import re
from html.parser import HTMLParser

Attributes = list[tuple[str, str | None]]
_BLOCKS = {"p", "h3", "h4", "pre", "blockquote", "ul", "ol", "li", "table", "tr"}
_TAG = re.compile("<[^<>]*+>")


def plain(html: str) -> str:
    """The words of `html`, which is what `render` made, now or by older rules.

    Lists keep bullets and numbers, links their address ("text (address)"), struck words their "~~", code an indent.
    """
    writer = Writer()
    writer.feed(html)
    writer.close()
    return writer.block.joined("\n\n")


def words(html: str) -> str:
    """Return what can be read of `html`, still escaped: nothing of a rule or of a table's lines."""
    return _TAG.sub("", html)


class _Block:
    """An open element: the blocks that ended within it, and the words since."""

    def __init__(self, tag: str = "", attributes: dict[str, str | None] | None = None):
        self.tag, self.attributes = tag, attributes or {}
        self.blocks: list[str] = []
        self.words: list[str] = []
        self.number = int(self.attributes.get("start") or 1)
        self.is_loose = False

    def joined(self, separator: str) -> str:
        self.end_words()
        return separator.join(self.blocks)

    def end_words(self) -> None:
        """Make what was said since the last block a block too."""
        text = "".join(self.words)
        self.words = []
        if self.tag != "pre":
            text = "\n".join(line.strip(" ") for line in text.split("\n")).strip("\n")
        if text:
            self.blocks.append(text)


class Writer(HTMLParser):
    """Collects the blocks of what it is fed in `block`."""

    def __init__(self) -> None:
        super().__init__()
        self.block = _Block()
        self.outer: list[_Block] = []
        self.links: list[tuple[int, str]] = []  # where each open link begins among the words, and its address

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        if tag in _BLOCKS:
            self.block.end_words()
            self.outer.append(self.block)
            self.block = _Block(tag, dict(attrs))
        elif tag == "br":
            self.block.words.append("\n")
        elif tag == "hr":
            self.block.end_words()
            self.block.blocks.append("* * *")
        elif tag == "a":
            self.links.append((len(self.block.words), dict(attrs).get("href") or ""))
        elif tag in ("td", "th"):
            before = "".join(self.block.words).rstrip()
            self.block.words = [before, " | "] if before else []
        elif tag == "del":
            self.block.words.append("~~")

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS and self.outer:
            text, inner = self._text(self.block), self.block
            self.block = self.outer.pop()
            self.block.blocks.append(text)
            self.block.is_loose |= inner.is_loose or (tag == "p" and self.block.tag == "li")
        elif tag == "a" and self.links:
            self._end_link(*self.links.pop())
        elif tag == "del":
            self.block.words.append("~~")

    def handle_data(self, data: str) -> None:
        self.block.words.append(data if self.block.tag == "pre" else data.replace("\n", " "))

    def _end_link(self, begin: int, href: str) -> None:
        address = href.removeprefix("mailto:")
        if href and "".join(self.block.words[begin:]).strip() not in (href, address):
            self.block.words.append(f" ({address})")

    def _text(self, block: _Block) -> str:
        match block.tag:
            case "li":
                return self._item(block)
            case "ul" | "ol" | "table":
                return block.joined("\n\n" if block.is_loose else "\n")
            case "blockquote":
                return _prefixed(block.joined("\n\n"), "> ", "> ")
            case "pre":
                return _prefixed(block.joined("\n").rstrip("\n"), "    ", "    ")
        return block.joined("\n\n")

    def _item(self, block: _Block) -> str:
        mark = "- "
        if (parent := self.outer[-1]).tag == "ol":
            parent.number = int(block.attributes.get("value") or parent.number)
            mark = f"{parent.number}. "
            parent.number += 1
        return _prefixed(block.joined("\n\n" if block.is_loose else "\n"), mark, " " * len(mark))


def _prefixed(text: str, first: str, rest: str) -> str:
    return "\n".join(f"{rest if number else first}{line}".rstrip() for number, line in enumerate(text.split("\n")))
