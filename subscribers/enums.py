from django.db.models import TextChoices


class Channel(TextChoices):
    EMAIL = "email", "E-mail"
    SMS = "sms", "SMS"


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


class SkipReason(TextChoices):
    UNSUBSCRIBED = "unsubscribed", "Unsubscribed"
    SUPPRESSED = "suppressed", "Address suppressed"
    SUPERSEDED = "superseded", "A newer update replaced it"
    RECALLED = "recalled", "Recalled"
    EXPIRED = "expired", "Too old to be of use"
