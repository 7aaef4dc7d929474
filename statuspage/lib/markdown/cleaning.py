"""The list of tags, attributes and kinds of address that may stand in what is published."""

from html import escape

import nh3

_TEXT = {"p", "br", "strong", "em", "del", "code", "pre", "blockquote", "hr", "a"}
_LISTS = {"ul", "ol", "li"}
_TABLES = {"table", "thead", "tbody", "tr", "th", "td"}
_cleaner = nh3.Cleaner(
    tags=_TEXT | _LISTS | _TABLES,
    attributes={"a": {"href"}, "ol": {"start"}, "li": {"value"}},
    url_schemes={"http", "https", "mailto"},
    link_rel="nofollow noopener",
)


def clean(html: str) -> str:
    """`html` reduced to the list; what stands within a tag that is not on it is kept."""
    return _cleaner.clean(html)


def keeps_link(url: str) -> bool:
    """A link to `url` comes through the cleaning: the address can be read by the rules that browsers have."""
    return 'href="' in clean(f'<a href="{escape(url)}">.</a>')
