"""Parts of a page that stay as they are from one build to the next, rendered once."""

from collections.abc import Hashable
from functools import lru_cache

from django import template
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

register = template.Library()
MOST = 1_000  # parts, of about a kilobyte: a page of 200 components, and what happened to them in two weeks


@register.simple_tag
def remembered(name: str, **values: Hashable) -> SafeString:
    """The template `name` with `values`, of which it may read and nothing else; without its last line break.

    Everything that it says follows from them and from the language: what changed is another value, rendered anew.
    """
    render = _render if settings.DEBUG else _remember
    return render(name, get_language(), tuple(values.items()))


def _render(name: str, language: str | None, values: tuple[tuple[str, Hashable], ...]) -> SafeString:
    return mark_safe(render_to_string(name, dict(values)).removesuffix("\n"))  # noqa: S308 -- escaped by the template


_remember = lru_cache(MOST)(_render)
