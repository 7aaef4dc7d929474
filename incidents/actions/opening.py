"""What is asked once of whoever opens an incident: whether it is one that is open already, and whether it is about no
component at all."""

from collections.abc import Collection
from datetime import datetime

from django.utils import timezone

from statuspage.lib import dates

from ..models import Component, Incident, IncidentComponent
from ..signals import unplaced
from .doubts import Doubt

_MOST = 10  # incidents that are named
_NAMES = 3  # components that are named of each
_ANOTHER = "Update that one instead, or publish again to open another."
_UNPLACED = "Choose what is affected, or publish again to leave it so."


def of_open_ones(components: Collection[Component], *, at: datetime, request_key: str | None) -> list[Doubt]:
    """Return a doubt for each incident that is open on one of `components`, and each maintenance at work; hidden ones
    too, the newest first.

    What the form itself has published, under `request_key`, is not another.
    """
    if not components:
        return []
    rows = IncidentComponent.objects.in_force().filter(component__in=components)
    if request_key:
        rows = rows.exclude(incident__in=Incident.all_kinds.filter(updates__request_key=request_key))
    found: dict[Incident, list[str]] = {}
    for row in rows.select_related("incident", "component").order_by("-incident__started_at", "-incident", "component"):
        found.setdefault(row.incident, []).append(row.component.name)
    return [_of(incident, names, at) for incident, names in list(found.items())[:_MOST]]


def of_no_component(components: Collection[Component]) -> list[Doubt]:
    """Return the doubt where none of `components` is one that the public sees, and there are such."""
    if any(one.is_public for one in components) or not Component.objects.public().exists():
        return []
    which = "Only private components are named" if components else "No component is named"
    told = f"{which}: the page will say “An incident is open”, and nobody who chose components hears of it."
    aside = next((sentence for _, sentence in unplaced.send(Incident) if sentence), "")
    return [Doubt("components", told, asks=_UNPLACED, aside=aside)]


def _of(incident: Incident, names: list[str], at: datetime) -> Doubt:
    if incident.is_maintenance:
        verb = "is" if len(names) == 1 else "are"
        what = f"{verb} under maintenance by {_called(incident)}, {incident.status_label}, {_window(incident)}."
    else:
        verb, since = "has" if len(names) == 1 else "have", _since(incident, at)
        what = f"{verb} an open incident: {_called(incident)}, {incident.status_label}, since {since}."
    return Doubt("components", f"{_listed(names)} {what}", asks=_ANOTHER, instead=incident)


def _called(incident: Incident) -> str:
    return f"“{incident.title}”" if incident.is_public else f"“{incident.title}” (hidden from the public)"


def _since(incident: Incident, at: datetime) -> str:
    return dates.moment(timezone.localtime(incident.started_at), timezone.localtime(at))


def _window(incident: Incident) -> str:
    window = incident.window
    return dates.window(*map(timezone.localtime, window)) if window else ""


def _listed(names: list[str]) -> str:
    """Write "A", "A and B", "A, B, C and 4 more"."""
    more = len(names) - _NAMES
    *first, last = [*names[:_NAMES], f"{more} more"] if more > 0 else names
    return f"{', '.join(first)} and {last}" if first else last
