"""Incidents and windows that are not saved yet: what a publish saves with the first update, and a preview shows."""

from datetime import datetime
from typing import TypedDict, Unpack

from ..enums import Impact, IncidentStatus, Kind, MaintenanceStatus, Severity
from ..models import Actor, Incident, IncidentTemplate, IncidentType, Maintenance


def new_incident(
    *,
    title: str,
    severity: Severity,
    by: Actor,
    at: datetime,
    impact: Impact | None = None,
    template: IncidentTemplate | None = None,
    type: IncidentType | None = None,
    owner: Actor = None,
    is_public: bool = True,
) -> Incident:
    """Return an incident that is not saved. `impact` is suggested from `severity` if None; `owner` is `by` if None."""
    return Incident(
        title=title,
        status=IncidentStatus.INVESTIGATING,
        severity=severity,
        impact=impact or Severity(severity).suggested_impact,
        is_public=is_public,
        started_at=at,
        declared_at=at,
        template=template,
        type=type,
        owner=owner or by,
        created_by=by,
    )


class Running(TypedDict, total=False):
    """How planned work runs: as the columns of Incident say."""

    zone: str
    begins_itself: bool | None
    ends_itself: bool | None
    tells_begin: bool
    tells_end: bool


def new_maintenance(
    *,
    title: str,
    scheduled_for: datetime | None,
    scheduled_until: datetime | None,
    by: Actor,
    at: datetime,
    is_public: bool = True,
    **running: Unpack[Running],
) -> Maintenance:
    """Return a maintenance that is not saved. Without both ends of its window it can be shown, but not saved."""
    return Maintenance(
        kind=Kind.MAINTENANCE,
        title=title,
        status=MaintenanceStatus.SCHEDULED,
        severity=Severity.P4,
        impact=Impact.MAINTENANCE,
        is_public=is_public,
        started_at=at,
        scheduled_for=scheduled_for,
        scheduled_until=scheduled_until,
        owner=by,
        created_by=by,
        **running,
    )
