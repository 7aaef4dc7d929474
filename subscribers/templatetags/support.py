from datetime import timedelta

from django import template

register = template.Library()


@register.filter
def in_words(left: timedelta) -> str:
    """A time left, as exact as it can be known: "20 s", "4 min", "1 h 10 min"."""
    seconds = max(1, round(left.total_seconds()))
    minutes, hours = -(-seconds // 60), -(-seconds // 60) // 60
    if seconds < 60:
        return f"{seconds} s"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"
