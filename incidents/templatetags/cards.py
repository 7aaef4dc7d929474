"""The card that other sites and chats draw when somebody pastes our address (Open Graph)."""

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils.text import Truncator

from statuspage.lib import markdown

register = template.Library()
WORDS = 200  # characters; what is longer is cut by those who draw it


@register.inclusion_tag("public/_card.html", takes_context=True)
def card(context, title: str, path: str, html: str = "", state: str = "none") -> dict:
    """`title` and the beginning of `html` as plain text, for the page at `path`; the picture shows `state`."""
    words = " ".join(markdown.plain(html).split())
    return {
        "site": context["site"],
        "title": title,
        "words": Truncator(words).chars(WORDS),
        "url": settings.SITE_URL + path,
        "picture": settings.SITE_URL + static(f"img/card-{state}.png"),
    }
