from django.db import models

from incidents.models import Announcement

from ..enums import Channel, DeliveryCause, DeliveryState


class DeliveryCount(models.Model):
    """The number of an announcement's deliveries that came to one end and are kept as a number alone, nobody's any
    more."""

    announcement = models.ForeignKey(
        Announcement, on_delete=models.PROTECT, related_name="counts", db_index=False
    )  # found through the unique constraint
    channel = models.CharField(max_length=8, choices=Channel)
    state = models.CharField(max_length=12, choices=DeliveryState)
    cause = models.CharField(
        max_length=300, choices=DeliveryCause, blank=True, db_column="reason", help_text="Why these were skipped."
    )
    possibly_doubled = models.BooleanField(default=False)
    number = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "announcement", "channel", "state", "cause", "possibly_doubled", name="delivery_count_once"
            )
        ]

    def __str__(self):
        return f"{self.announcement}: {self.number:,} {self.state} on {self.channel}"
