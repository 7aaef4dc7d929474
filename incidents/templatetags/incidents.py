"""Words and marks for templates: times, states, icons. No rule lives here."""

from datetime import UTC, datetime

from django import template
from django.utils.html import format_html

register = template.Library()


@register.simple_tag(takes_context=True)
def moment(context, at: datetime) -> str:
    """`at` as a <time> in the page's zone, named; static/js/time.js turns it into the reader's."""
    site = context.get("site")
    local = at.astimezone(site.zone if site else UTC)
    machine = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return format_html('<time datetime="{}" data-local>{}</time>', machine, f"{local:%-d %b %Y, %H:%M %Z}")
