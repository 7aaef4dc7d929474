"""Writes to the catalogue of components, and the one rule by which a component gets its state."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from ..enums import ACTIVE_MAINTENANCE, CLOSED, ComponentStatus, Kind
from ..models import AuditEvent, Component, IncidentComponent, Site, StatusChange
from ..status import worst


@transaction.atomic
def refresh_statuses(components: Iterable[Component], *, at: datetime, incident=None) -> list[StatusChange]:
    """Bring each component to the worst of its own state and what open incidents and active maintenances imply.

    Keeps one StatusChange per component that moved; `incident` is named as the cause.
    """
    # Locked before the reading, so that two publishes on one component add up.
    ids = {component.pk for component in components}
    components = list(Component.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk"))
    implied = _implied_statuses(ids)
    changes = []
    for component in components:
        status = worst([ComponentStatus(component.own_status), *implied[component.pk]])
        if status != component.status:
            Component.objects.filter(pk=component.pk).update(status=status, updated_at=at)
            changes.append(StatusChange(component=component, status=status, at=at, incident=incident))
    return StatusChange.objects.bulk_create(changes)


def _implied_statuses(component_ids: set[int]) -> dict[int, list[ComponentStatus]]:
    implied = defaultdict(list)
    rows = (
        IncidentComponent.objects.filter(component_id__in=component_ids)
        .exclude(incident__status__in=CLOSED)
        .values_list("component_id", "status", "incident__kind", "incident__status")
    )
    for component_id, status, kind, incident_status in rows:
        if kind == Kind.INCIDENT or incident_status in ACTIVE_MAINTENANCE:
            implied[component_id].append(ComponentStatus(status))
    return implied


@transaction.atomic
def set_own_status(*, component: Component, status: ComponentStatus, by, at: datetime) -> Component:
    """Set a component's state apart from incidents; the page follows at once. Announces nothing."""
    component.own_status = status
    component.save(update_fields=["own_status"])
    refresh_statuses([component], at=at)
    Site.raise_page_version()
    AuditEvent.record("set component status", component, by=by, at=at, status=status)
    component.refresh_from_db()
    return component
