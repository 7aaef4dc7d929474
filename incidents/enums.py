"""The words of the field, with their order. Importable without models."""

from django.db.models import TextChoices


class ComponentStatus(TextChoices):
    OPERATIONAL = "operational", "Operational"
    UNDER_MAINTENANCE = "under_maintenance", "Under maintenance"
    DEGRADED_PERFORMANCE = "degraded_performance", "Degraded performance"
    PARTIAL_OUTAGE = "partial_outage", "Partial outage"
    MAJOR_OUTAGE = "major_outage", "Major outage"

    @property
    def rank(self) -> int:
        """0 is best. Maintenance ranks below every outage, so that it never hides one."""
        return _RANKS[self]


_RANKS = {status: rank for rank, status in enumerate(ComponentStatus)}


class Kind(TextChoices):
    INCIDENT = "incident", "Incident"
    MAINTENANCE = "maintenance", "Maintenance"


class IncidentStatus(TextChoices):
    INVESTIGATING = "investigating", "Investigating"
    IDENTIFIED = "identified", "Identified"
    MITIGATING = "mitigating", "Mitigating"
    MONITORING = "monitoring", "Monitoring"
    RESOLVED = "resolved", "Resolved"


class MaintenanceStatus(TextChoices):
    SCHEDULED = "scheduled", "Scheduled"
    IN_PROGRESS = "in_progress", "In progress"
    VERIFYING = "verifying", "Verifying"
    COMPLETED = "completed", "Completed"
    CANCELLED = "cancelled", "Cancelled"


# What the lead is offered; identified and monitoring exist for imports, the API and teams that want them.
OFFERED = (IncidentStatus.INVESTIGATING, IncidentStatus.MITIGATING, IncidentStatus.RESOLVED)
CLOSED = (IncidentStatus.RESOLVED, MaintenanceStatus.COMPLETED, MaintenanceStatus.CANCELLED)
# What may follow what. An open incident may become anything; a window may be left early; what is over stays over.
NEXT_MAINTENANCE: dict[str, tuple[str, ...]] = {
    MaintenanceStatus.SCHEDULED: ("scheduled", "in_progress", "cancelled"),
    MaintenanceStatus.IN_PROGRESS: ("in_progress", "verifying", "completed"),
    MaintenanceStatus.VERIFYING: ("verifying", "in_progress", "completed"),
    MaintenanceStatus.COMPLETED: (),
    MaintenanceStatus.CANCELLED: (),
}
ACTIVE_MAINTENANCE = (MaintenanceStatus.IN_PROGRESS, MaintenanceStatus.VERIFYING)
STATUS_LABELS = dict(IncidentStatus.choices + MaintenanceStatus.choices)


class Severity(TextChoices):
    P1 = "P1", "P1 · critical"
    P2 = "P2", "P2 · major"
    P3 = "P3", "P3 · minor"
    P4 = "P4", "P4 · low"

    @property
    def suggested_impact(self) -> "Impact":
        return _IMPACT_OF_SEVERITY[self]


class Impact(TextChoices):
    NONE = "none", "None"
    MINOR = "minor", "Minor"
    MAJOR = "major", "Major"
    CRITICAL = "critical", "Critical"
    MAINTENANCE = "maintenance", "Maintenance"


_IMPACT_OF_SEVERITY = {
    Severity.P1: Impact.CRITICAL,
    Severity.P2: Impact.MAJOR,
    Severity.P3: Impact.MINOR,
    Severity.P4: Impact.NONE,
}
