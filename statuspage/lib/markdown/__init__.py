"""Markdown to safe HTML, and that HTML to plain text.

Rendered once, at save: the HTML is stored beside its source and shown as it is. Every text surface takes `plain` of
that HTML, so that what a mail says cannot differ from what the page shows.
"""

from functools import lru_cache
from xml.etree import ElementTree

import markdown
from markdown.blockparser import BlockParser
from markdown.preprocessors import NormalizeWhitespace
from markdown.util import Registry

from .blocks import Blocks
from .cleaning import clean
from .definitions import Definitions
from .html import escaped, is_html, markdown_of
from .inline import Inline
from .plain import plain, words

__all__ = ["escaped", "from_html", "is_html", "plain", "render", "words"]

_CONTAINERS = {"ul", "ol", "blockquote", "table", "thead", "tbody", "tr"}
_BLOCKS = {"p", "pre", "hr", "li", "th", "td"} | _CONTAINERS


class _Grammar(markdown.Markdown):
    """Python-Markdown with a grammar of our own, in the places that it has for one.

    Its own patterns take seconds for some texts, let raw HTML through, and know neither fences within lists, nor lists
    right below a paragraph, nor bare links.
    """

    def build_parser(self) -> "_Grammar":
        self.preprocessors, self.treeprocessors = Registry(), Registry()
        self.inlinePatterns, self.postprocessors = Registry(), Registry()
        self.parser = BlockParser(self)
        definitions = Definitions()
        self.preprocessors.register(NormalizeWhitespace(self), "whitespace", 10)
        self.parser.blockprocessors.register(Blocks(self.parser, definitions), "blocks", 10)
        self.treeprocessors.register(Inline(self, definitions), "inline", 10)
        return self


@lru_cache(maxsize=64)
def render(text: str) -> str:
    """HTML of `text`, reduced to an explicit list of tags and attributes (no images, no styles, no hx-*).

    Raw HTML, and whatever else is no Markdown, is shown as it was typed. The work grows with the length of `text` and
    with nothing else; the caller has bounded that with `text.validate_text`.
    """
    grammar = _Grammar()
    grammar.serializer = _as_html
    return clean(grammar.convert(text))


def from_html(html: str) -> str:
    """Our Markdown for the HTML of another page, which shows the same words."""
    return markdown_of(html, render)


def _as_html(root: ElementTree.Element) -> str:
    """Blocks on lines of their own, so that whoever takes the tags away does not join words.

    Python-Markdown's own serializer takes a typed "&lt;" for an entity.
    """
    for element in root.iter():
        if element.tag in _BLOCKS:
            element.tail = "\n"
        if element.tag in _CONTAINERS:
            element.text = "\n"
    return ElementTree.tostring(root, encoding="unicode", method="html")
