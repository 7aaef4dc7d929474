from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from incidents.enums import Severity


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
    SKIPPED = "skipped", "Skipped"  # with the reason
    UNKNOWN = "unknown", "Unknown"  # outcome not known and not safe to repeat


WAITING = (DeliveryState.QUEUED, DeliveryState.SENDING)
FINAL = tuple(state for state in DeliveryState if state not in WAITING)
FAILURES = (DeliveryState.FAILED, DeliveryState.BOUNCED, DeliveryState.UNKNOWN)


class Standing(TextChoices):
    """Where an affected customer stands, in support's words."""

    TOLD = "told", "Told"
    WAITING = "waiting", "On its way"
    FAILED = "failed", "Not reached"
    SILENT = "silent", "Not written to"
    PAST = "past", "No longer kept"
    NEXT = "next", "From the next update on"


class SkipReason(TextChoices):
    UNSUBSCRIBED = "unsubscribed", "Unsubscribed"
    SUPPRESSED = "suppressed", "Address suppressed"
    SUPERSEDED = "superseded", "A newer update replaced it"
    RECALLED = "recalled", "Recalled"
    COPY = "copy", "Kept here: this is a copy"
    NOT_OFFERED = "not_offered", "No provider is set up"


class SuppressionSource(TextChoices):
    """Who says that an address must not be written to."""

    REPLY = "reply", "The provider, when we handed over"
    REPORT = "report", "A report that came later"
    OWNER = "owner", "Its owner"


class Illness(TextChoices):
    """Of an address behind which somebody may yet be."""

    OFF = "off", "It takes no mail"  # 5.2.1 without a word of being disabled
    FULL = "full", "Its mailbox is full"


class Word(TextChoices):
    """What people may write to our number."""

    STOP = "STOP", "STOP"
    START = "START", "START"
    HELP = "HELP", "HELP"
    NONE = "", "Something else"


STOPPED = "the owner answered STOP"  # how the reason of such a suppression begins, whoever told us

# Of a delivery; the lowest goes first. Whoever waits for a confirmation sits in front of the screen.
CONFIRMATION_PRIORITY = 0
PRIORITY_OF_SEVERITY: dict[str, int] = {severity: number for number, severity in enumerate(Severity, start=1)}
URGENT = PRIORITY_OF_SEVERITY[Severity.P2]  # up to here a possible second copy is better than none
