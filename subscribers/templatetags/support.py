from collections.abc import Iterable
from datetime import datetime, timedelta

from django import template
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe

from incidents.models import Message
from statuspage.lib.language import Text

from .. import offering
from ..channels import registry
from ..delivery import messages
from ..delivery.copies import fence
from ..delivery.retrying import Left
from ..enums import FAILURES, DeliveryCause, DeliveryState
from ..models import IncomingMessage

register = template.Library()
COLUMN_LABELS = dict(DeliveryState.choices) | {"deferred": "Deferred", "skipped": "Not sent"}


@register.filter
def in_words(left: timedelta) -> str:
    """A time left, as exact as it can be known: "20 s", "4 min", "1 h 10 min"."""
    seconds = max(1, round(left.total_seconds()))
    minutes, hours = -(-seconds // 60), -(-seconds // 60) // 60
    if seconds < 60:
        return f"{seconds} s"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"


@register.filter
def next_look(breaker) -> str:
    """Return when a provider that takes nothing is tried again, of a breaker that knows its `left`."""
    if breaker.left > timedelta():
        return f"tried again in {in_words(breaker.left)}"
    return "tried again with what goes out next"


@register.filter
def not_arrived(counted) -> str:
    """Return what failed for good, of something with `failed` and `unknown`: "10 could not be reached, 2 may not have
    arrived"."""
    known = counted.failed - counted.unknown
    words = [f"{known:,} could not be reached"] if known else []
    words += [f"{counted.unknown:,} may not have arrived"] if counted.unknown else []
    return ", ".join(words)


@register.simple_tag
def open_messages() -> int:
    """How many messages that people wrote to us wait for a person."""
    return IncomingMessage.objects.open().count()


@register.simple_tag
def cells(part, columns: Iterable[str]) -> list[dict]:
    """Return what a channel's row of the board holds in each of `columns`."""
    numbers = part.numbers
    return [
        {"state": name, "label": COLUMN_LABELS[name], "number": numbers[name], "is_failure": name in FAILURES}
        for name in columns
    ]


@register.filter
def in_a_sentence(channel: str) -> Text:
    """A channel's name inside a sentence: "e-mail"."""
    return registry.of(channel).in_a_sentence


@register.filter
def column_label(name: str) -> str:
    """The heading of a column: what is skipped was "Not sent"."""
    return COLUMN_LABELS[name]


@register.filter
def skip_cause(cause: str) -> str:
    """Why some were not sent, inside a sentence: "unsubscribed"."""
    if cause in DeliveryCause.values:
        return DeliveryCause(cause).label.lower()
    return cause or "it is not known why"


@register.filter
def why_left(left: Left) -> str:
    """Why failures are not tried again, inside a sentence: "it is older than a day"."""
    if left.channel is None:
        return left.why.label
    return f"{left.channel.label} is not offered, {offering.why_not(left.channel)}"


@register.simple_tag
def fence_standing() -> fence.Standing:
    """Whether this database may send; its words are empty where all is well."""
    return fence.standing()


@register.simple_tag
def unreached_messages(person) -> list[Message]:
    """Return what somebody of the staff has to know and was reached with nowhere else."""
    return list(messages.unreached(person))


@register.filter
def pace(rate: float) -> str:
    """Return a pace by the second, or by the minute where that reads better: "108 a second", "12 a minute"."""
    return f"{rate:,.0f} a second" if rate >= 1 else f"{max(1, round(rate * 60))} a minute"


@register.filter
def short(at: datetime) -> str:
    """A time for a table whose heading names the zone: "21 Nov, 14:22", with the year where it is another."""
    local = timezone.localtime(at)
    pattern = "%-d %b, %H:%M" if local.year == timezone.localtime().year else "%-d %b %Y, %H:%M"
    return format_html('<time datetime="{}">{}</time>', local.isoformat(timespec="seconds"), local.strftime(pattern))


@register.filter
def clock(at: datetime) -> str:
    """The time of day, with its zone: "14:22 CET"."""
    return timezone.localtime(at).strftime("%H:%M %Z")


@register.filter
def breakable(address: str) -> str:
    """An address that a narrow column breaks after its @ first."""
    return format_html_join(mark_safe("@<wbr>"), "{}", ((part,) for part in address.split("@")))
