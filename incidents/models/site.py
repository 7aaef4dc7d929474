from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F
from django.utils import timezone

from .fields import LineField, LinkField, PublicIdField


def validate_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(f"{name} is not a time zone; write it like Europe/Berlin.", code="zone")


class Site(models.Model):
    """The one row about the page itself: its brand, its clock, its version."""

    public_id = PublicIdField()
    name = LineField(default="Status", help_text="The company, as its customers know it.")
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_zone])
    support_url = LinkField(blank=True, help_text="Where a customer finds help that this page cannot give.")
    page_version = models.PositiveBigIntegerField(default=1, editable=False)
    oldest_shown = models.PositiveBigIntegerField(
        default=0, editable=False, help_text="What an earlier page version said may hold what is hidden since."
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "site"

    def __str__(self):
        return self.name

    @classmethod
    def load(cls) -> "Site":
        return cls.objects.get_or_create(pk=1)[0]

    @classmethod
    def raise_page_version(cls, *, withdraws: bool = False) -> None:
        """Called inside the transaction of everything that changes what the public sees.

        `withdraws`: it may take something off the page, so that no older answer may be shown again, come what may.
        """
        cls.load()
        version = F("page_version") + 1
        oldest = {"oldest_shown": version} if withdraws else {}
        cls.objects.filter(pk=1).update(page_version=version, updated_at=timezone.now(), **oldest)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def page_name(self) -> str:
        """What the page calls itself: "Northwind status"."""
        return self.name if self.name.lower().endswith("status") else f"{self.name} status"
