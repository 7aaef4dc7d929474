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


class AuditVerb(TextChoices):
    """The verbs of the audit, for all that the program knows to be done: "ana published Card payments fail".

    A value stands in rows that are never changed: a new name is a new verb.
    """

    PUBLISHED = "published", "Published"
    REOPENED = "reopened", "Reopened"
    DECLARED_FALSE_ALARM = "declared false alarm", "Declared false alarm"
    MADE_PUBLIC = "made public", "Made public"
    STARTED = "started", "Started"
    MOVED = "moved", "Moved"
    ENDED = "ended", "Ended"
    CANCELLED = "cancelled", "Cancelled"
    CHANGED_INCIDENT = "changed incident", "Changed incident"
    MERGED = "merged", "Merged"
    SPLIT_OFF = "split off", "Split off"
    RECALLED = "recalled", "Recalled"
    EDITED_WORDS = "edited words", "Edited words"
    PUBLISHED_BULLETIN = "published bulletin", "Published announcement"
    EDITED_BULLETIN = "edited bulletin", "Edited announcement"
    PINNED_BULLETIN = "pinned bulletin", "Pinned announcement"
    UNPINNED_BULLETIN = "unpinned bulletin", "Unpinned announcement"
    ENDED_BULLETIN = "ended bulletin", "Ended announcement"
    WITHDREW_BULLETIN = "withdrew bulletin", "Withdrew announcement"
    PLANNED_SERIES = "planned series", "Planned series"
    ENDED_SERIES = "ended series", "Ended series"
    SHOWED = "showed", "Showed"
    HID = "hid", "Hid"
    IMPORTED_HISTORY = "imported history", "Imported history"
    ADDED_COMPONENT = "added component", "Added component"
    CHANGED_COMPONENT = "changed component", "Changed component"
    DELETED_COMPONENT = "deleted component", "Deleted component"
    SET_COMPONENT_STATUS = "set component status", "Set component status"
    ADDED_GROUP = "added component group", "Added component group"
    CHANGED_GROUP = "changed component group", "Changed component group"
    DELETED_GROUP = "deleted component group", "Deleted component group"
    ADDED_TYPE = "added incident type", "Added incident type"
    CHANGED_TYPE = "changed incident type", "Changed incident type"
    DELETED_TYPE = "deleted incident type", "Deleted incident type"
    ADDED_FREEZE = "added freeze", "Added freeze"
    CHANGED_FREEZE = "changed freeze", "Changed freeze"
    DELETED_FREEZE = "deleted freeze", "Deleted freeze"
    ADDED_SITE = "added site", "Added site"
    CHANGED_SITE = "changed site", "Changed site"
    ADDED_TEMPLATE = "added template", "Added template"
    CHANGED_TEMPLATE = "changed template", "Changed template"
    DELETED_TEMPLATE = "deleted incident template", "Deleted template"
    APPROVED_TEMPLATE = "approved template", "Approved template"
    WITHDREW_APPROVAL = "withdrew approval of template", "Withdrew approval of template"
    PAUSED_DELIVERIES = "stopped deliveries", "Paused deliveries"  # the word of the first rows stays
    RELEASED_DELIVERIES = "released deliveries", "Released deliveries"
    RETRIED_DELIVERIES = "retried deliveries", "Retried deliveries"
    RETRIED_CONFIRMATIONS = "retried confirmations", "Retried confirmations"
    RETRIED_MESSAGES = "retried messages", "Retried messages"
    TRIED_PROVIDER = "tried provider now", "Tried provider now"
    LIFTED_SUPPRESSION = "lifted suppression", "Lifted suppression"
    LIFTED_SUPPRESSIONS = "lifted suppressions", "Lifted suppressions"
    ACCEPTED_HELD_SUPPRESSION = "accepted held suppression", "Accepted held suppression"
    DISMISSED_HELD_SUPPRESSION = "dismissed held suppression", "Dismissed held suppression"
    TOOK_OVER = "took over a moved database", "Took over a moved database"
    MARKED_AS_COPY = "marked the database as a copy", "Marked the database as a copy"
    DECLARED_RESTORED = "declared the database restored", "Declared the database restored"
    LINKED_CUSTOMERS = "linked customers", "Linked customers"
    UNLINKED_CUSTOMER = "unlinked customer", "Unlinked customer"
    SENT_LATEST = "sent latest update to customers", "Sent latest update to customers"
    LOOKED_AT_SUBSCRIBER = "looked at subscriber", "Looked at subscriber"
    IMPORTED_SUBSCRIBERS = "imported subscribers", "Imported subscribers"
    ENDED_LINKS = "ended links", "Ended links"
    EXPORTED_SUBSCRIBER = "exported a subscriber", "Exported a subscriber"
    ERASED_SUBSCRIBER = "erased a subscriber", "Erased a subscriber"
    FINISHED_INCOMING = "marked incoming message as done", "Marked incoming message as done"
    REOPENED_INCOMING = "reopened incoming message", "Reopened incoming message"
    INVITED = "invited", "Invited"
    ASKED_FOR_PASSWORD = "asked for a new password", "Asked for a new password"
    SET_PASSWORD = "set own password", "Set own password"
    GAVE_ROLE = "gave role", "Gave role"
    DEACTIVATED = "deactivated", "Deactivated"
    REACTIVATED = "reactivated", "Reactivated"
    VERIFIED_CONTACT = "verified own address", "Verified own address"
    REMOVED_CONTACT = "removed own address", "Removed own address"
    SET_UP = "set up the page", "Set up the page"
    LOGGED_IN = "logged in", "Logged in"
    TRIED_TO_LOG_IN = "tried to log in as", "Tried to log in as"


def audit_verbs() -> list[tuple[str, str]]:
    """Value and label of each, for the column: given as a function, another verb needs no migration."""
    return [(verb.value, str(verb.label)) for verb in AuditVerb]
