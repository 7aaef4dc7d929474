from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from incidents.enums import MessageKind, Severity


class Channel(TextChoices):
    """A channel is registered by its line here: the value names its folder in channels/ and its queue, and is what the
    database keeps. In the order in which they are shown, and asked whether they recognise an address."""

    EMAIL = "email", _("E-mail")
    SMS = "sms", _("SMS")


class DeliveryState(TextChoices):
    QUEUED = "queued", "Queued"
    SENDING = "sending", "Sending"
    SENT = "sent", "Sent"  # the provider took it
    DELIVERED = "delivered", "Delivered"
    FAILED = "failed", "Failed"  # permanent
    BOUNCED = "bounced", "Bounced"
    SKIPPED = "skipped", "Skipped"  # with the cause
    UNKNOWN = "unknown", "Unknown"  # outcome not known and not safe to repeat


WAITING = (DeliveryState.QUEUED, DeliveryState.SENDING)
FINAL = tuple(state for state in DeliveryState if state not in WAITING)
FAILURES = (DeliveryState.FAILED, DeliveryState.BOUNCED, DeliveryState.UNKNOWN)


class NoticeState(TextChoices):
    """The standing of an affected customer, in support's words."""

    TOLD = "told", "Told"
    WAITING = "waiting", "On its way"
    FAILED = "failed", "Not reached"
    SILENT = "silent", "Not written to"
    PAST = "past", "No longer kept"
    NEXT = "next", "From the next update on"


class RecipientKind(TextChoices):
    """The kind of a recipient: a subscriber, or somebody of whom we keep a Contact."""

    SUBSCRIBER = "subscriber", "Subscriber"
    CUSTOMER = "customer", "Contact of a customer"
    STAKEHOLDER = "stakeholder", "Stakeholder"
    STAFF = "staff", "Member of staff"


class DeliveryCause(TextChoices):
    """The cause why a delivery was skipped, waits for another attempt, or failed. What the provider said stands beside
    it."""

    UNSUBSCRIBED = "unsubscribed", "Unsubscribed"
    SUPPRESSED = "suppressed", "Address suppressed"
    SUPERSEDED = "superseded", "A newer update replaced it"
    RECALLED = "recalled", "Recalled"
    COPY = "copy", "Kept here: this is a copy"
    NOT_OFFERED = "not_offered", "No provider is set up"
    UNVERIFIED = "unverified", "Not a verified address of theirs"

    PUT_OFF = "put_off", "Not taken for now"
    TOLD_TO_WAIT = "told_to_wait", "The provider told us to wait"
    WE_ARE_REFUSED = "we_are_refused", "The provider refuses us"
    IN_DOUBT = "in_doubt", "The provider did not say what became of it"
    LOST = "lost", "The worker was lost while sending"
    GIVEN_UP = "given_up", "Given up"  # put off too often, or for too long
    REFUSED = "refused", "Refused for good"

    DELAYED = "delayed", "Put off by the recipient's side"  # what a report says, as the next two
    RETURNED = "returned", "Reported as not delivered"
    COMPLAINED = "complained", "The recipient called it spam"


SKIPPED_FOR = (
    DeliveryCause.UNSUBSCRIBED,
    DeliveryCause.SUPPRESSED,
    DeliveryCause.SUPERSEDED,
    DeliveryCause.RECALLED,
    DeliveryCause.COPY,
    DeliveryCause.NOT_OFFERED,
    DeliveryCause.UNVERIFIED,
)
_SAY_ALL = (*SKIPPED_FOR, DeliveryCause.LOST, DeliveryCause.COMPLAINED)
_SAY_FIRST = (DeliveryCause.GIVEN_UP, DeliveryCause.DELAYED)


def why(cause: str, reason: str) -> str:
    """Return in words why a delivery was skipped, waits or failed: of the provider's `reason` what there is of it."""
    words = DeliveryCause(cause).label if cause in DeliveryCause.values else ""
    if not reason or cause in _SAY_ALL:
        return words
    return f"{words}: {reason}" if cause in _SAY_FIRST else reason


class NotRetried(TextChoices):
    """The cause why a failure is not tried again though a person said so."""

    RECALLED = "recalled", "its announcement was recalled"
    OLD = "old", "it is older than a day"
    NOT_OFFERED = "not_offered", "its channel is not offered"


class SuppressionCause(TextChoices):
    """The cause why an address must not be written to. What the provider said stands beside it."""

    REFUSED = "refused", "Nobody is there"  # says the provider, at once or in a report
    LASTING = "lasting", "It took nothing for a long time"
    COMPLAINED = "complained", "The recipient called it spam"
    STOPPED = "stopped", "The owner answered STOP"  # whoever told us
    ERASED = "erased", "Erased before"  # an import or a link brought somebody back who is erased


OWNERS_CAUSES = (SuppressionCause.STOPPED, SuppressionCause.ERASED)


class SuppressionSource(TextChoices):
    """The source that says that an address must not be written to."""

    REPLY = "reply", "The provider, when we handed over"
    REPORT = "report", "A report that came later"
    OWNER = "owner", "Its owner"


class Illness(TextChoices):
    """An ailment of an address behind which somebody may yet be."""

    OFF = "off", "It takes no mail"  # 5.2.1 without a word of being disabled
    FULL = "full", "Its mailbox is full"


class Word(TextChoices):
    """The words that people may write to our number."""

    STOP = "STOP", "STOP"
    START = "START", "START"
    HELP = "HELP", "HELP"
    NONE = "", "Something else"


# Of a delivery; the lowest goes first. Whoever waits for a confirmation sits in front of the screen.
CONFIRMATION_PRIORITY = 0
PRIORITY_OF_SEVERITY: dict[str, int] = {severity: number for number, severity in enumerate(Severity, start=1)}
STAFF_PRIORITY = -1  # whoever has to act comes before all others, and no pause holds it back
PRIORITY_OF_MESSAGE: dict[str, int] = {
    MessageKind.STAFF_MESSAGE: STAFF_PRIORITY,
    MessageKind.CONTACT_CODE: STAFF_PRIORITY,
    MessageKind.INVITATION: STAFF_PRIORITY,
    MessageKind.PASSWORD_RESET: STAFF_PRIORITY,
    MessageKind.STAKEHOLDER_UPDATE: PRIORITY_OF_SEVERITY[Severity.P1],
    MessageKind.AFFECTED_NOTE: PRIORITY_OF_SEVERITY[Severity.P2],
    MessageKind.MAINTENANCE_REMINDER: PRIORITY_OF_SEVERITY[Severity.P4],
    MessageKind.BULLETIN: PRIORITY_OF_SEVERITY[Severity.P4] + 1,  # what was planned for days gives way to any update
    MessageKind.POST_MORTEM: PRIORITY_OF_SEVERITY[Severity.P4] + 1,
    MessageKind.REPORT: PRIORITY_OF_SEVERITY[Severity.P4] + 1,
}
URGENT = PRIORITY_OF_SEVERITY[Severity.P2]  # up to here a possible second copy is better than none
