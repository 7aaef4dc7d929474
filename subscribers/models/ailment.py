from django.db import models

from ..enums import Channel, Illness


class Ailment(models.Model):
    """An address that was refused for good in words which leave it open whether somebody is there: since when, how
    often, the last words. It has taken nothing since. By itself it suppresses nothing: see
    delivery/refusals/ailing.py."""

    channel = models.CharField(max_length=8, choices=Channel)
    address = models.CharField(max_length=254)
    kind = models.CharField(max_length=4, choices=Illness)
    reason = models.CharField(max_length=300)
    times = models.PositiveSmallIntegerField(default=1, help_text="Those within a day count as one.")
    first_at = models.DateTimeField()
    last_at = models.DateTimeField(help_text="Of those that count.")

    class Meta:
        constraints = [models.UniqueConstraint("channel", "address", name="ailment_once")]

    def __str__(self):
        return f"{self.address}: {self.reason}"
