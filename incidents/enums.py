"""The words of the field, with their order. Importable without models."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ComponentStatus(TextChoices):
    OPERATIONAL = "operational", _("Operational")
    UNDER_MAINTENANCE = "under_maintenance", _("Under maintenance")
    DEGRADED_PERFORMANCE = "degraded_performance", _("Degraded performance")
    PARTIAL_OUTAGE = "partial_outage", _("Partial outage")
    MAJOR_OUTAGE = "major_outage", _("Major outage")

    @property
    def rank(self) -> int:
        """0 is best. Maintenance ranks below every outage, so that it never hides one."""
        return _RANKS[self]

    @property
    def inside(self) -> str:
        """Its label within a sentence."""
        return str(_INSIDE[self])


_INSIDE = {
    ComponentStatus.OPERATIONAL: pgettext_lazy("inside a sentence", "operational"),
    ComponentStatus.UNDER_MAINTENANCE: pgettext_lazy("inside a sentence", "under maintenance"),
    ComponentStatus.DEGRADED_PERFORMANCE: pgettext_lazy("inside a sentence", "degraded performance"),
    ComponentStatus.PARTIAL_OUTAGE: pgettext_lazy("inside a sentence", "partial outage"),
    ComponentStatus.MAJOR_OUTAGE: pgettext_lazy("inside a sentence", "major outage"),
}
_RANKS = {status: rank for rank, status in enumerate(ComponentStatus)}


class Kind(TextChoices):
    INCIDENT = "incident", _("Incident")
    MAINTENANCE = "maintenance", _("Maintenance")


class IncidentStatus(TextChoices):
    INVESTIGATING = "investigating", _("Investigating")
    IDENTIFIED = "identified", _("Identified")
    MITIGATING = "mitigating", _("Mitigating")
    MONITORING = "monitoring", _("Monitoring")
    RESOLVED = "resolved", _("Resolved")


class MaintenanceStatus(TextChoices):
    SCHEDULED = "scheduled", _("Scheduled")
    IN_PROGRESS = "in_progress", _("In progress")
    VERIFYING = "verifying", _("Verifying")
    COMPLETED = "completed", _("Completed")
    CANCELLED = "cancelled", _("Cancelled")


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
_WITHOUT_FORCE = (*CLOSED, MaintenanceStatus.SCHEDULED)
STATUS_LABELS = dict(IncidentStatus.choices + MaintenanceStatus.choices)


def is_in_force(status: str) -> bool:
    """Whether an incident or a maintenance says how its components are now: it is open, or at work."""
    return status not in _WITHOUT_FORCE


class Severity(TextChoices):
    P1 = "P1", "P1 · critical"
    P2 = "P2", "P2 · major"
    P3 = "P3", "P3 · minor"
    P4 = "P4", "P4 · low"

    @property
    def suggested_impact(self) -> "Impact":
        return _IMPACT_OF_SEVERITY[self]


class Impact(TextChoices):
    NONE = "none", pgettext_lazy("impact", "None")
    MINOR = "minor", pgettext_lazy("impact", "Minor")
    MAJOR = "major", pgettext_lazy("impact", "Major")
    CRITICAL = "critical", pgettext_lazy("impact", "Critical")
    MAINTENANCE = "maintenance", pgettext_lazy("impact", "Maintenance")


_IMPACT_OF_SEVERITY = {
    Severity.P1: Impact.CRITICAL,
    Severity.P2: Impact.MAJOR,
    Severity.P3: Impact.MINOR,
    Severity.P4: Impact.NONE,
}
