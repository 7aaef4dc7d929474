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
        """The label within a sentence."""
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
LATE_LABEL = _("Follow-up")  # of a word after the end, in the place of the status, which it repeats


def label_of(status: str, *, is_false_alarm: bool = False, is_late: bool = False, change: str = "") -> str:
    """Return the words for a status, in the language that is spoken: what turned out to be nothing was not resolved,
    a word after the end repeats no state, and a window that was changed (`change`) says how."""
    if is_late:
        return str(LATE_LABEL)
    if change:
        return str(WindowChange(change).label)
    return str(_("False alarm") if is_false_alarm and status in CLOSED else STATUS_LABELS[status])


def is_in_force(status: str) -> bool:
    """Whether an incident or a maintenance says how its components are now: it is open, or at work."""
    return status not in _WITHOUT_FORCE


class Act(TextChoices):
    """What an update does beside saying something, asked for by name: nobody opens an incident again by accident."""

    UPDATE = "", "Post an update"
    REOPEN = "reopen", "Open again"
    FALSE_ALARM = "false-alarm", "False alarm"
    MAKE_PUBLIC = "make-public", "Make public"
    START = "start", "Start it now"
    MOVE = "move", "Change its window"
    END = "end", "End it now"
    CANCEL = "cancel", "Cancel it"


# The acts on planned work: each says itself in words of ours where nobody writes any.
WINDOW_ACTS = (Act.START, Act.MOVE, Act.END, Act.CANCEL)
STATUS_OF_ACT: dict[str, str] = {
    Act.START: MaintenanceStatus.IN_PROGRESS,
    Act.END: MaintenanceStatus.COMPLETED,
    Act.CANCEL: MaintenanceStatus.CANCELLED,
}


class WindowChange(TextChoices):
    """What an update did to the window of a maintenance."""

    NONE = "", _("Unchanged")
    MOVED = "moved", _("Moved")
    EXTENDED = "extended", _("Extended")
    CUT_SHORT = "cut_short", _("Cut short")


class StepKind(TextChoices):
    """The kind of a step of planned work that is due at a time. An overrun asks its owner, and changes no state."""

    REMINDER = "reminder", "Reminder"
    BEGIN = "begin", "Begins by itself"
    END = "end", "Ends by itself"
    OVERRUN = "overrun", "Should be over"


class Severity(TextChoices):
    P1 = "P1", "P1 · critical"
    P2 = "P2", "P2 · major"
    P3 = "P3", "P3 · minor"
    P4 = "P4", "P4 · low"

    @property
    def suggested_impact(self) -> "Impact":
        return _IMPACT_OF_SEVERITY[self]


class MessageKind(TextChoices):
    """The kind of a message. An update is an Announcement, a sign-up a Confirmation, everything else a Message."""

    UPDATE = "update", "Update"
    CONFIRMATION = "confirmation", "Confirmation of a sign-up"
    MAINTENANCE_REMINDER = "maintenance_reminder", "Reminder of planned work"
    AFFECTED_NOTE = "affected_note", "Note to affected customers"
    STAKEHOLDER_UPDATE = "stakeholder_update", "Update for stakeholders"
    BULLETIN = "bulletin", "Bulletin"
    POST_MORTEM = "post_mortem", "Post-mortem"
    REPORT = "report", "Report"
    STAFF_MESSAGE = "staff_message", "Message to staff"
    CONTACT_CODE = "contact_code", "Code that proves whose an address is"
    INVITATION = "invitation", "Invitation of a colleague"
    PASSWORD_RESET = "password_reset", "Link for a new password"


LETS_IN = (MessageKind.INVITATION, MessageKind.PASSWORD_RESET)
# They go to an address that is not proved yet, which is what they are for.
PROVES = (MessageKind.CONTACT_CODE, *LETS_IN)
TO_STAFF = (MessageKind.STAFF_MESSAGE, *PROVES)


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
