from django.db import models
from django.utils import timezone

from ..enums import Channel


class Suppression(models.Model):
    """An address that we must not write to, and why. Outlives the subscriber."""

    channel = models.CharField(max_length=8, choices=Channel)
    address = models.CharField(max_length=254)
    reason = models.CharField(max_length=300)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint("channel", "address", name="suppression_once")]

    def __str__(self):
        return f"{self.address}: {self.reason}"
