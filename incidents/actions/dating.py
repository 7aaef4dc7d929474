"""The time that an update shows, where that is not the time of its writing, and what held at that time.

Reads the database and writes nothing.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Max

from ..enums import ComponentStatus
from ..models import Component, Incident, IncidentUpdate
from .steps import in_words

MINUTE = timedelta(minutes=1)


def shown_at(incident: Incident, asked: datetime | None, *, at: datetime) -> datetime:
    """Return the time that an update written `at` shows: that, or the one `asked` for.

    Times are typed to the minute: what was said within that minute was said before.
    """
    if asked is None:
        return at
    if asked.second or asked.microsecond or incident.pk is None:
        return asked
    within = incident.updates.filter(display_at__gte=asked, display_at__lt=min(asked + MINUTE, at))
    said: datetime | None = within.aggregate(last=Max("display_at"))["last"]
    return said or asked


def problem_of(incident: Incident, asked: datetime | None, *, at: datetime) -> str:
    """Return why an update cannot show the time `asked` for, in a sentence; empty where it can."""
    if asked is None:
        return ""
    if asked > at:
        return "This is in the future. Leave it empty for now."
    if asked < incident.started_at.replace(second=0, microsecond=0):
        return f"This is before it began, {in_words(incident.started_at, at)}. Choose a later time."
    return ""


def stands_behind(incident: Incident, shown: datetime) -> bool:
    """Return whether something newer was said of `incident` than an update that shows the time `shown`."""
    return incident.pk is not None and incident.updates.filter(display_at__gt=shown).exists()


def last_before(incident: Incident, shown: datetime) -> IncidentUpdate | None:
    """Return what had been said last by the time `shown`."""
    return incident.updates.filter(display_at__lte=shown).newest_first().first()


def states_then(
    incident: Incident, components: Iterable[Component], shown: datetime
) -> dict[Component, ComponentStatus]:
    """Return how those of `components` were of which something had been said by the time `shown`."""
    before = last_before(incident, shown)
    said = {row["code"]: row["new_status"] for row in before.affected_components} if before else {}
    named = (component for component in components if component.public_id in said)
    return {component: ComponentStatus(said[component.public_id]) for component in named}
