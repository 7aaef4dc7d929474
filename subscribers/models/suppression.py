from django.db import models
from django.utils import timezone

from ..enums import OWNERS_CAUSES, Channel, SuppressionCause, SuppressionSource

_REASON = "The provider's own words, as far as there are any."


class Suppression(models.Model):
    """An address that we must not write to, and why. Outlives the subscriber.

    `cause` is empty of what the version before wrote while this one was being set up: such a one may be the owner's.
    """

    channel = models.CharField(max_length=8, choices=Channel)
    address = models.CharField(max_length=254)
    cause = models.CharField(max_length=16, choices=SuppressionCause, default=SuppressionCause.REFUSED, db_default="")
    reason = models.CharField(max_length=300, blank=True, help_text=_REASON)
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
        return f"{self.address}: {self.why}"

    @property
    def why(self) -> str:
        """The reason in words."""
        return self.reason or self.get_cause_display()

    @property
    def is_the_owner_s(self) -> bool:
        """STOP, whoever told us, or erased: nobody lifts that for many at once."""
        return self.source == SuppressionSource.OWNER or self.cause in ("", *OWNERS_CAUSES)


class HeldSuppression(models.Model):
    """One that was reported when too many were: a person decides. Until then it suppresses nothing."""

    channel = models.CharField(max_length=8, choices=Channel)
    address = models.CharField(max_length=254)
    cause = models.CharField(max_length=16, choices=SuppressionCause, default=SuppressionCause.REFUSED, db_default="")
    reason = models.CharField(max_length=300, blank=True, help_text=_REASON)
    source = models.CharField(max_length=8, choices=SuppressionSource, db_column="witness")
    held_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("channel", "address", name="held_suppression_once")]

    def __str__(self):
        return f"{self.address}: {self.why}"

    @property
    def why(self) -> str:
        """The reason in words."""
        return self.reason or self.get_cause_display()
