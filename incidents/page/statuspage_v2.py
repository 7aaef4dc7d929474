"""The answers of the field's API v2, built from the same selections as the page, each in a fixed number of queries.

A bulletin is in none of them: the field has no place for a post that is neither incident nor maintenance, and as either
it would have a state.
"""

from collections.abc import Sequence

from django.utils.functional import cached_property

from ..enums import ComponentStatus
from ..models import Announcement, Component, Incident, Maintenance, Site
from ..models.selections import IncidentQuerySet, MaintenanceQuerySet
from ..status import overall
from .v2_objects import Catalogue, Timelines, page

NEWEST = 50


def summary() -> dict:
    """All that matters now: components, unresolved incidents, maintenances that are not over, the state."""
    here = _Here()
    rows = list(Incident.all_kinds.public().open().newest_first().with_timeline())
    timelines = here.timelines(rows)
    planned = sorted((row for row in rows if row.is_maintenance), key=lambda row: (row.scheduled_for, row.pk))
    return here.answer(
        components=here.objects,
        incidents=timelines.incidents(row for row in rows if not row.is_maintenance),
        scheduled_maintenances=timelines.maintenances(planned),
        status=here.status(),
    )


def status() -> dict:
    """The state of the whole."""
    here = _Here()
    return here.answer(status=here.status())


def components() -> dict:
    """Every public component, and every group that has one."""
    here = _Here()
    return here.answer(components=here.objects)


def incidents() -> dict:
    """The newest incidents, over or not."""
    return _incidents(Incident.objects.public().newest_first()[:NEWEST])


def unresolved_incidents() -> dict:
    """The incidents that are open."""
    return _incidents(Incident.objects.public().open().newest_first())


def scheduled_maintenances() -> dict:
    """The newest maintenances, over or not."""
    return _maintenances(Maintenance.objects.public().newest_first()[:NEWEST])


def upcoming_maintenances() -> dict:
    """Return what is planned, the next first."""
    return _maintenances(Maintenance.objects.public().upcoming())


def active_maintenances() -> dict:
    """Return what is under way."""
    return _maintenances(Maintenance.objects.public().active())


def _incidents(selected: IncidentQuerySet[Incident]) -> dict:
    here = _Here()
    rows = list(selected.with_timeline())
    return here.answer(incidents=here.timelines(rows).incidents(rows))


def _maintenances(selected: MaintenanceQuerySet) -> dict:
    here = _Here()
    rows = list(selected.with_timeline())
    return here.answer(scheduled_maintenances=here.timelines(rows).maintenances(rows))


class _Here:
    """The page and its components, in two queries: every answer speaks of them."""

    def __init__(self):
        self.site = Site.load()
        self.components = list(Component.objects.public().select_related("group").in_order())

    @cached_property
    def objects(self) -> list[dict]:
        return Catalogue(self.site, self.components).objects()

    def answer(self, **parts) -> dict:
        return {"page": page(self.site), **parts}

    def status(self) -> dict:
        state = overall(ComponentStatus(component.status) for component in self.components)
        return {"indicator": str(state.indicator), "description": state.description}

    def timelines(self, rows: Sequence[Incident]) -> Timelines:
        announced = Announcement.objects.filter(update__incident__in=rows).values_list("update_id", flat=True)
        return Timelines(self.site, {shown["id"]: shown for shown in self.objects}, frozenset(announced))
