from django.conf import settings
from django.db import models
from django.utils import timezone

from incidents.models import Incident
from incidents.models.fields import LineField

from .subscriber import Subscriber


class AffectedCustomer(models.Model):
    """A customer whom support linked to an incident, to be told of every update of it.

    The address is a Subscriber's row, confirmed or not: the ledger is unique per (announcement, subscriber), so
    somebody who is linked and subscribed hears it once.
    """

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="+")
    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="linked_incidents")
    name = LineField(max_length=200)
    reference = LineField(max_length=100, blank=True, help_text="Your number for this customer.")
    ticket_url = models.URLField(blank=True, max_length=500)
    linked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    linked_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name", "id"]
        permissions = [("link_customers", "Can link affected customers to incidents")]
        constraints = [models.UniqueConstraint("incident", "subscriber", name="customer_linked_once")]

    def __str__(self):
        return self.name
