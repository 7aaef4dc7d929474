from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone

from incidents.models import Component

from .subscriber import Subscriber

CONFIRM_WITHIN = timedelta(days=7)
LEADS_ON_FOR = timedelta(hours=1)


class Confirmation(models.Model):
    """A request to subscribe an address. Nothing changes until the owner of the address says so."""

    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="confirmations")
    everything = models.BooleanField(default=True)
    every_update = models.BooleanField(default=True)
    component_ids = models.JSONField(default=list)
    requested_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["subscriber", "-requested_at"])]

    def __str__(self):
        return f"{self.subscriber} at {self.requested_at:%Y-%m-%d %H:%M}"

    @property
    def expires_at(self) -> datetime:
        return self.requested_at + CONFIRM_WITHIN

    def is_open(self, at: datetime) -> bool:
        """Whether it can still be confirmed: not too old, and something of what was chosen is still there."""
        return at < self.expires_at and not self.is_ended and bool(self.everything or self.components())

    def leads_on(self, at: datetime) -> bool:
        """Whether it was used, and so lately that it may show what was confirmed and the way to change it.

        Later it lies in an inbox, a history or a log, and whoever finds it there is not its owner.
        """
        return self.confirmed_at is not None and at < self.confirmed_at + LEADS_ON_FOR and not self.is_ended

    @property
    def is_ended(self) -> bool:
        """The owner ended every link that was sent before."""
        ended_at = self.subscriber.links_ended_at
        return ended_at is not None and self.requested_at <= ended_at

    def components(self) -> list[Component]:
        """Return the components that were chosen, as far as the public may still know of them, in page order."""
        return list(Component.objects.public().in_order().filter(pk__in=self.component_ids))
