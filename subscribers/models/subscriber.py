from datetime import datetime
from typing import Any, Self

from django.apps import apps
from django.db import models, transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Greatest
from django.utils import timezone

from incidents.models import Component
from statuspage.lib.prepared import Slot

from .. import offering
from ..enums import Channel
from .suppression import Suppression


def _since():
    """An imported consent may be older than what we know of it."""
    return Greatest("confirmed_at", "created_at")


class SubscriberQuerySet(models.QuerySet["Subscriber"]):
    def delete(self) -> tuple[int, dict[str, int]]:
        """Delete them and their deliveries. They are held first, so that nobody lists them meanwhile: no constraint of
        the database would say so."""
        with transaction.atomic(using=self.db):
            held = list(self.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
            apps.get_model("subscribers", "Delivery").objects.to(held).delete()
            return super(SubscriberQuerySet, self.model.objects.filter(pk__in_ids=held)).delete()

    delete.alters_data = True  # type: ignore[attr-defined]  # as Django marks its own
    delete.queryset_only = True  # type: ignore[attr-defined]

    def active(self) -> Self:
        """Asked for notices, confirmed it, and did not take it back."""
        return self.filter(confirmed_at__isnull=False, unsubscribed_at=None)

    def reachable(self) -> Self:
        """May be written to: did not take its consent back, and nothing speaks against the address."""
        suppressed = Exists(Suppression.objects.filter(channel=OuterRef("channel"), address=OuterRef("address")))
        return self.filter(~suppressed, unsubscribed_at=None)

    def confirmed_by(self, until: datetime) -> Self:
        """Return those who were known here and had confirmed at `until`."""
        return self.alias(since=_since()).filter(confirmed_at__isnull=False, since__lte=until)

    def confirmed_within(self, after: datetime | Slot, until: datetime | Slot) -> Self:
        """Return those who were known here and had confirmed at `until`, and not yet `after`. By an index of its
        own."""
        return self.alias(since=_since()).filter(confirmed_at__isnull=False, since__gt=after, since__lte=until)


class Subscriber(models.Model):
    """An address on a channel, and what it wants to hear. One row per address: nobody can be told twice."""

    channel = models.CharField(max_length=8, choices=Channel)
    address = models.CharField(max_length=254, help_text="Normalised: lower-case e-mail or E.164 number.")
    everything = models.BooleanField(default=True, help_text="Hears of every component.")
    every_update = models.BooleanField(
        default=True, help_text="Hears every update, not only when an incident opens and closes."
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)
    unsubscribed_at = models.DateTimeField(null=True, blank=True)
    CONSENT_LENGTH = 200
    consent = models.CharField(
        max_length=CONSENT_LENGTH,
        blank=True,
        default="",
        db_default="",
        help_text="Where an imported consent comes from. Empty: by the link in a message to this address.",
    )
    link_version = models.PositiveSmallIntegerField(
        default=1, editable=False, help_text="Raised to make every link sent before invalid."
    )
    links_ended_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Every link sent before opens nothing any more."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    components = models.ManyToManyField(Component, through="Subscription", related_name="+")

    objects = SubscriberQuerySet.as_manager()

    class Meta:
        permissions = [
            ("erase_subscriber", "Can export and erase everything about a person"),
            ("end_links", "Can end every link that a person was sent"),
        ]
        constraints = [models.UniqueConstraint("channel", "address", name="subscriber_address_once")]
        indexes = [models.Index(_since(), name="subscriber_since")]

    def __str__(self):
        return self.address

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """As SubscriberQuerySet.delete."""
        return type(self).objects.filter(pk=self.pk).delete()

    @property
    def is_active(self) -> bool:
        return self.confirmed_at is not None and self.unsubscribed_at is None

    @property
    def is_offered(self) -> bool:
        """Whether a message to it can be sent at all."""
        return offering.is_offered(self.channel)

    @property
    def consent_given_by(self) -> str:
        """How the owner of the address said so, in words; empty where they did not."""
        if self.confirmed_at is None:
            return ""
        return f"imported: {self.consent}" if self.consent else "by the link in a message to this address"


class Subscription(models.Model):
    """A subscriber who does not want everything wants to hear of this component."""

    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="subscriptions")
    component = models.ForeignKey(Component, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint("subscriber", "component", name="subscription_once")]

    def __str__(self):
        return f"{self.subscriber}: {self.component}"
