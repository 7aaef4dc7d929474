"""The look of the public pages: the style that each carries in itself."""

from django import template
from django.utils.safestring import SafeString, mark_safe

from statuspage.lib import inline_css

register = template.Library()


@register.simple_tag(takes_context=True, name="inline_css")
def style_sheet(context, *names: str) -> SafeString:
    """Return what stands in <style>: the common files of static/css, those `names`, and the brand's accent."""
    accents = getattr(context.get("site"), "accents", None)
    return mark_safe(inline_css.sheet(*names, accents=accents))  # noqa: S308 -- our own files, a checked colour
