from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Case, Exists, OuterRef, Q, Subquery, Value, When
from django.utils import timezone

from incidents.models import Incident
from incidents.models.fields import LineField, LinkField

from .. import offering
from ..enums import WAITING, DeliveryState, NoticeState
from .delivery import Delivery
from .fanout import Fanout
from .subscriber import Subscriber
from .suppression import Suppression


class AffectedCustomerQuerySet(models.QuerySet["AffectedCustomer"]):
    def matching(self, text: str) -> Self:
        """Name, address or reference holds `text`, whatever its case."""
        return self.filter(
            Q(name__icontains=text) | Q(subscriber__address__icontains=text) | Q(reference__icontains=text)
        )

    def with_standing(self) -> Self:
        """Adds, to each row: `last_delivery_id`, the newest of its incident's notices to it; why it is
        suppressed (see `suppression`); and `standing`, which sums them up."""
        mine = Delivery.objects.filter(
            subscriber=OuterRef("subscriber"), announcement__incident=OuterRef("incident")
        ).order_by("-announcement_id")
        suppressed = Suppression.objects.filter(
            channel=OuterRef("subscriber__channel"), address=OuterRef("subscriber__address")
        )
        rolled_up = Fanout.objects.filter(
            announcement__incident=OuterRef("incident"),
            announcement__created_at__gte=OuterRef("linked_at"),
            rolled_up_at__isnull=False,
        )
        return self.annotate(
            last_delivery_id=Subquery(mine.values("pk")[:1]),
            last_state=Subquery(mine.values("state")[:1]),
            suppressed_for=Subquery(suppressed.values("cause")[:1]),
            suppressed_because=Subquery(suppressed.values("reason")[:1]),
        ).annotate(
            standing=Case(
                When(
                    Q(subscriber__unsubscribed_at__isnull=False)
                    | Q(subscriber__channel__in=offering.missing())
                    | Exists(suppressed),
                    then=Value(NoticeState.SILENT),
                ),
                When(last_state__in=[DeliveryState.SENT, DeliveryState.DELIVERED], then=Value(NoticeState.TOLD)),
                When(last_state__in=WAITING, then=Value(NoticeState.WAITING)),
                When(last_state__isnull=False, then=Value(NoticeState.FAILED)),
                When(Exists(rolled_up), then=Value(NoticeState.PAST)),
                default=Value(NoticeState.NEXT),
                output_field=models.CharField(),
            )
        )


class AffectedCustomer(models.Model):
    """A customer whom support linked to an incident, to be told of every update of it.

    The address is a Subscriber's row, confirmed or not: the ledger is unique per (announcement, subscriber), so
    somebody who is linked and subscribed hears it once.
    """

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="+")
    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="linked_incidents")
    name = LineField(max_length=200)
    reference = LineField(max_length=100, blank=True, help_text="Your number for this customer.")
    ticket_url = LinkField(blank=True, max_length=500)
    linked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    linked_at = models.DateTimeField(default=timezone.now)

    # Added by with_standing().
    last_delivery_id: int | None
    suppressed_for: str | None
    suppressed_because: str | None
    standing: str

    objects = AffectedCustomerQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        permissions = [("link_customers", "Can link affected customers to incidents")]
        constraints = [models.UniqueConstraint("incident", "subscriber", name="customer_linked_once")]

    def __str__(self):
        return self.name

    @property
    def suppression(self) -> Suppression | None:
        """The suppression that keeps it from being written to, as far as `with_standing` read it: cause and reason."""
        if self.suppressed_for is None:
            return None
        return Suppression(cause=self.suppressed_for, reason=self.suppressed_because or "")
