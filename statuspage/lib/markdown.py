"""Markdown to safe HTML. Rendered once, at save; what is stored is shown as it is."""

import markdown
import nh3

_TAGS = {"p", "br", "strong", "em", "code", "pre", "ul", "ol", "li", "a", "blockquote", "hr", "h3", "h4"}


def render(text: str) -> str:
    """HTML of `text`, reduced to an explicit list of tags and attributes (no images, no styles, no hx-*).

    The caller has bounded the input with `text.validate_text`.
    """
    html = markdown.markdown(text, extensions=["nl2br", "sane_lists"], output_format="html")
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href", "title"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener",
    )
