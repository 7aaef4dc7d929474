"""The mentions beside the troubles of one component, day by day: the incidents and maintenances that touched it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypedDict

from django.db.models import F, Q

from ..enums import ComponentStatus, MaintenanceStatus
from ..models import Component, Incident
from ..uptime import Calendar

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations


class HowBad(TypedDict):
    """The column that `_lasting_since` adds."""

    as_bad_as: str


Lasting: TypeAlias = "WithAnnotations[Incident, HowBad]"


class Mention(NamedTuple):
    """An incident or a maintenance that touched the component, and how badly."""

    public_id: str
    url: str
    title: str
    is_maintenance: bool
    status: ComponentStatus


def by_day(component: Component, calendar: Calendar, *, at: datetime) -> Mapping[int, list[Mention]]:
    """Return the mentions by the number of the day in `calendar`, the oldest first, as of `at`. One query."""
    found = defaultdict(list)
    for incident in _lasting_since(calendar.begins_at, component):
        begin, end = incident.scheduled_for or incident.started_at, incident.resolved_at or at
        last = max(begin, end - timedelta.resolution)  # what ends at midnight did not touch the day that begins then
        mention = _mention(incident)
        for index in range(max(calendar.index(begin), 0), calendar.index(last) + 1):
            found[index].append(mention)
    return found


def _lasting_since(begin: datetime, component: Component) -> Iterable[Lasting]:
    """Return what lasted until after `begin`, was not merely planned and not called off, with what it did to
    `component`."""
    planned = (MaintenanceStatus.SCHEDULED, MaintenanceStatus.CANCELLED)
    lasting = Q(resolved_at=None) | Q(resolved_at__gte=begin)
    public = Incident.all_kinds.public().unmerged().filter(lasting, affected__component=component)
    took_place = public.exclude(status__in=planned).annotate(as_bad_as=F("affected__status"))
    return took_place.order_by("started_at", "id")


def _mention(incident: Lasting) -> Mention:
    return Mention(
        public_id=incident.public_id,
        url=incident.get_absolute_url(),
        title=incident.title,
        is_maintenance=incident.is_maintenance,
        status=ComponentStatus(incident.as_bad_as),
    )
