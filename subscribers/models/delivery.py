"""The ledger: one row per notice and recipient, from the moment it is owed until it is settled."""

from datetime import timedelta

from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Now

from incidents.models import Announcement

from ..enums import WAITING, Channel, DeliveryState
from .confirmation import Confirmation
from .subscriber import Subscriber


class Fanout(models.Model):
    """How far an announcement has been turned into deliveries. No row, or no `finished_at`: there is work to do."""

    announcement = models.OneToOneField(Announcement, on_delete=models.CASCADE, related_name="+")
    cursor = models.BigIntegerField(default=0, help_text="The last subscriber whose page of rows is written.")
    finished_at = models.DateTimeField(null=True)
    folded_at = models.DateTimeField(
        null=True, help_text="From then on its deliveries give way to counts, and nobody more is listed."
    )

    def __str__(self):
        return f"{self.announcement}: up to {self.cursor}"


class DeliveryQuerySet(models.QuerySet):
    def waiting(self):
        return self.filter(state__in=WAITING)

    def due(self, patience: timedelta = timedelta(0)):
        """Ready for an attempt since `patience` or longer: never tried, backed off long enough, or its lease ran out.

        By the database's clock.
        """
        return self.waiting().filter(visible_at__lte=Now() - Value(patience))


class Delivery(models.Model):
    # Found through the unique constraints below: a second index each would slow every fan-out down.
    announcement = models.ForeignKey(
        Announcement, null=True, on_delete=models.PROTECT, related_name="deliveries", db_index=False
    )
    confirmation = models.ForeignKey(
        Confirmation, null=True, on_delete=models.CASCADE, related_name="deliveries", db_index=False
    )
    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="deliveries")
    channel = models.CharField(max_length=8, choices=Channel)
    state = models.CharField(max_length=12, choices=DeliveryState, default=DeliveryState.QUEUED)
    reason = models.CharField(max_length=300, blank=True, help_text="Why it was skipped or failed, or waits.")
    priority = models.PositiveSmallIntegerField(default=5, help_text="Lower goes first.")
    visible_at = models.DateTimeField(db_default=Now(), help_text="The next attempt, and the end of a worker's lease.")
    attempts = models.PositiveSmallIntegerField(default=0)
    lease = models.CharField(max_length=36, blank=True, help_text="Whose claim it is.")
    provider_id = models.CharField(max_length=200, blank=True)
    possibly_doubled = models.BooleanField(
        default=False, help_text="Tried again after an attempt whose outcome is not known."
    )
    refused_before = models.PositiveSmallIntegerField(
        default=0,
        db_default=0,
        help_text="Refusals of attempts that do not count any more, as a person said: try again.",
    )
    created_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint("announcement", "subscriber", name="delivery_once"),
            models.UniqueConstraint("confirmation", name="delivery_once_per_confirmation"),
            models.CheckConstraint(
                condition=Q(announcement__isnull=False, confirmation=None)
                | Q(announcement=None, confirmation__isnull=False),
                name="delivery_of_one_thing",
            ),
        ]
        indexes = [
            # The claim: one look-up in priority order, over waiting rows only.
            models.Index(
                fields=["channel", "priority", "visible_at"],
                condition=Q(state__in=WAITING),
                name="delivery_due",
            ),
            models.Index(fields=["announcement", "state"], name="delivery_progress"),
        ]

    def __str__(self):
        return f"{self.announcement or self.confirmation} to {self.subscriber}"

    @property
    def refusals(self) -> int:
        """How many attempts had an outcome, and it was no."""
        return max(self.refused_before + self.attempts - self.possibly_doubled, 0)
