"""HTML that another status page published, as our Markdown.

Pages that let people write links and line breaks give the words of an update out as HTML, also in their JSON.
"""

import re
from collections.abc import Callable
from html import unescape

import nh3

from .links import BARE, is_link
from .plain import Attributes, Writer, words

_MARKS = {"strong": "**", "b": "**", "em": "*", "i": "*", "del": "~~", "s": "~~", "code": "`"}
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_PARAGRAPHS = {"div", "section", "article"} | _HEADINGS
_OTHERS = {"p", "br", "hr", "a", "img", "pre", "blockquote", "ul", "ol", "li", "table", "tr", "td", "th"}
_IS_HTML = re.compile(
    r"<br *+/?>|</(?:p|a|b|strong|em|i|ul|ol|li|div|span|small|var|code|pre|blockquote|table|h[1-6])>"
    r"|&(?:amp|lt|gt|quot|apos|nbsp|#\d{1,6}|#x[\da-f]{1,5});",
    re.IGNORECASE,
)
_SPECIAL = re.compile(r"[\\`*_~\[\]<|]")
_AT_LINE_START = re.compile(r"^(?:(?=[#>+-])|(\d++)(?=[.)]))", re.MULTILINE)
_SPACES = re.compile(r"[ \t\r\n\xa0]++")
_IN_ADDRESS = {"(": "%28", ")": "%29"}
_cleaner = nh3.Cleaner(
    tags=_MARKS.keys() | _PARAGRAPHS | _OTHERS,
    attributes={"a": {"href"}, "img": {"src", "alt"}, "ol": {"start"}, "li": {"value"}},
    attribute_filter=lambda tag, name, value: None if tag in ("ol", "li") and not value.isdecimal() else value,
    url_schemes={"http", "https", "mailto"},
    link_rel=None,
)


def is_html(text: str) -> bool:
    """`text` has line breaks, closed elements or character references of HTML. `<name>` alone is none."""
    return bool(_IS_HTML.search(text))


def markdown_of(html: str, render: Callable[[str], str]) -> str:
    """Markdown that `render` shows with the words of `html`: links, lists, quotes, code and emphasis are kept.

    The words go before the marks: emphasis within a word, which we do not have, is left out, and what cannot be said
    in Markdown at all stays as it came.
    """
    cleaned = _cleaner.clean(html)
    for keeps_marks in (True, False):
        writer = _Markdown(keeps_marks)
        writer.feed(cleaned)
        writer.close()
        text = writer.block.joined("\n\n")
        if _letters(unescape(words(render(text)))) == _letters("".join(writer.said)):
            return text
    return html


def _letters(text: str) -> str:
    """`text` without spaces and the lines of tables, which nobody said."""
    return re.sub(r"[\s|]+", "", text)


class _Markdown(Writer):
    """The blocks as plain text has them; within them the marks, and whatever reads as one escaped.

    `said`: the words as they stood.
    """

    def __init__(self, keeps_marks: bool):
        super().__init__()
        self.keeps_marks = keeps_marks
        self.said: list[str] = []
        self.marks: list[tuple[str, int]] = []  # each open mark and where it begins among the words

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        if tag in _PARAGRAPHS:
            super().handle_starttag("p", attrs)
        if tag == "img":
            self._add_image(dict(attrs))
        elif tag in _MARKS or tag in _HEADINGS:
            self.marks.append((_MARKS.get(tag, "**"), len(self.block.words)))
        elif tag not in _PARAGRAPHS:
            super().handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if self.marks and (tag in _MARKS or tag in _HEADINGS):
            self._mark(*self.marks.pop())
        super().handle_endtag("p" if tag in _PARAGRAPHS else tag)

    def handle_data(self, data: str) -> None:
        self.said.append(data)
        if self.block.tag != "pre":
            data = self._escaped(_SPACES.sub(" ", data))
        super().handle_data(data)

    def _escaped(self, text: str) -> str:
        return text if self.keeps_marks and any(sign == "`" for sign, _ in self.marks) else escaped(text)

    def _mark(self, sign: str, begin: int) -> None:
        """Set marks around the words since `begin`, not around the spaces beside them."""
        text = "".join(self.block.words[begin:])
        if not (self.keeps_marks and self.block.tag != "pre" and text.strip()):
            return
        before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
        self.block.words[begin:] = [f"{before}{sign}{text.strip()}{sign}{after}"]

    def _add_image(self, attributes: dict[str, str | None]) -> None:
        begin, src = len(self.block.words), attributes.get("src") or ""
        self.handle_data(attributes.get("alt") or src)
        self._end_link(begin, src)

    def _end_link(self, begin: int, href: str) -> None:
        text = "".join(self.block.words[begin:]).strip()
        href = "".join(_IN_ADDRESS.get(char, char) for char in href)
        if is_link(href) and text not in (href, href.removeprefix("mailto:")):
            self.block.words[begin:] = [f"[{text}]({href})" if text else href]


def escaped(text: str) -> str:
    """`text` so that no sign in it is a mark; an address that becomes a link by itself is left alone."""
    parts, at = [], 0
    for bare in BARE.finditer(text):
        parts += [_without_marks(text[at : bare.start()]), bare[0]]
        at = bare.end()
    return "".join([*parts, _without_marks(text[at:])])


def _without_marks(text: str) -> str:
    return _AT_LINE_START.sub(r"\1\\", _SPECIAL.sub(r"\\\g<0>", text))
