from django.db import models
from django.utils import timezone

from ..enums import STOPPED, Channel, SuppressionSource

LASTING = "Never taken since"  # how the reason begins where the words are of a mailbox that might have been well again
ERASED = "Erased before"  # how the reason begins where an import brought somebody back who is erased


def owner_says(reason: str) -> bool:
    """Whether the address's owner asked for it, whoever told us."""
    return reason.startswith((STOPPED, ERASED))


class Suppression(models.Model):
    """An address that we must not write to, and why. Outlives the subscriber."""

    channel = models.CharField(max_length=8, choices=Channel)
    address = models.CharField(max_length=254)
    reason = models.CharField(max_length=300)
    source = models.CharField(
        max_length=8,
        choices=SuppressionSource,
        default=SuppressionSource.REPLY,
        db_default=SuppressionSource.REPLY,
        db_column="witness",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        permissions = [("lift_suppressions", "Can lift suppressions, and decide on held ones")]
        constraints = [models.UniqueConstraint("channel", "address", name="suppression_once")]
        # How many each source made within the hour.
        indexes = [models.Index(fields=["source", "created_at"], name="suppression_lately")]

    def __str__(self):
        return f"{self.address}: {self.reason}"

    @property
    def is_the_owner_s(self) -> bool:
        """STOP, whoever told us, or erased: nobody lifts that for many at once."""
        return self.source == SuppressionSource.OWNER or owner_says(self.reason)


class HeldSuppression(models.Model):
    """One that was reported when too many were: a person decides. Until then it suppresses nothing."""

    channel = models.CharField(max_length=8, choices=Channel)
    address = models.CharField(max_length=254)
    reason = models.CharField(max_length=300)
    source = models.CharField(max_length=8, choices=SuppressionSource, db_column="witness")
    held_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("channel", "address", name="held_suppression_once")]

    def __str__(self):
        return f"{self.address}: {self.reason}"
