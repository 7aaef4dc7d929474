"""What to know of a window before it is announced: said, and never forbidden. Reads the database, writes nothing."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.utils import timezone

from ..enums import Kind
from ..models import ChangeFreeze, Component, Incident, Site
from .doubts import Doubt
from .planned_words import in_words
from .planning import TOO_SOON
from .window_rules import LONG, TOO_LONG, Window, has_begun

_MOST = 3  # named; of more only how many


def noted(
    window: Window, components: Collection[Component], *, at: datetime, besides: Incident | None = None
) -> list[str]:
    """Return in sentences what is known of `window`: that it falls into a freeze, what else goes on with its
    `components`, and which reminders its time leaves out. `besides`: itself, where it is planned already."""
    is_begun = besides is not None and has_begun(besides)
    elsewhere = _elsewhere(window, components, besides)
    return [*_freezes(window), *elsewhere, *([] if is_begun else _reminders(window, at))]


def doubt_of_length(window: Window) -> list[Doubt]:
    """Return the doubt in a window that lasts longer than a month, which is mostly a slip."""
    lasts = window[1] - window[0]
    told = f"This window lasts {lasts // timedelta(days=1)} days."
    asks = "Change it, or publish again to leave it so."
    return [Doubt("scheduled_until", told, asks=asks)] if LONG < lasts < TOO_LONG else []


def _freezes(window: Window) -> list[str]:
    touching = ChangeFreeze.objects.filter(begins_at__lt=window[1], ends_at__gt=window[0]).order_by("begins_at", "pk")
    span = "“{}”, {} to {}"
    named = [span.format(one, _day(one.begins_at), _day(one.ends_at)) for one in touching[:_MOST]]
    return [f"Nothing should be changed then: {one}." for one in named]


def _day(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"


def _elsewhere(window: Window, components: Collection[Component], besides: Incident | None) -> list[str]:
    touching = Incident.all_kinds.open().filter(components__in=components, merged_into=None).distinct()
    if besides and besides.pk:
        touching = touching.exclude(pk=besides.pk)
    planned = touching.filter(kind=Kind.MAINTENANCE, scheduled_for__lt=window[1], scheduled_until__gt=window[0])
    others = [f"Planned then, on the same components: “{one}”, {in_words(one)}." for one in planned[:_MOST]]
    troubled = touching.filter(kind=Kind.INCIDENT)[:_MOST]
    return others + [f"Open now, on the same components: “{one}”." for one in troubled]


def _reminders(window: Window, at: datetime) -> list[str]:
    leads = Site.load().reminder_leads
    passed = [_span(lead) for lead in leads if window[0] - lead <= at + TOO_SOON]
    if not passed:
        return []
    which = "No reminder is" if len(passed) == len(leads) else f"No reminder {' and '.join(passed)} before is"
    return [f"{which} sent: it is that soon already."]


def _span(lead: timedelta) -> str:
    hours, minutes = divmod(lead // timedelta(minutes=1), 60)
    return f"{minutes} min" if not hours else f"{hours} h"
