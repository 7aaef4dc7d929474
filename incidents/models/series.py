from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.utils import timezone

from .component import Component
from .fields import LineField, MarkdownField, PublicIdField
from .site import validate_zone


class MaintenanceSeries(models.Model):
    """Planned work that recurs: what its windows begin with. Each window is a maintenance of its own from then on.

    Wall times are kept as people say them, "2027-03-07T02:00", and mean those of `time_zone`.
    """

    public_id = PublicIdField()
    title = LineField()
    body = MarkdownField()
    is_public = models.BooleanField(default=True)
    components = models.ManyToManyField(Component, related_name="+")
    time_zone = models.CharField(max_length=64, validators=[validate_zone])
    first_start = models.CharField(max_length=16)
    first_end = models.CharField(max_length=16)
    rule = models.CharField(max_length=200, help_text="RFC 5545, 3.3.10, without RRULE:")
    without = models.JSONField(default=list, help_text="The starts at which it does not take place.")
    ended_at = models.DateTimeField(null=True, editable=False, help_text="From then on it makes no windows.")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "maintenance series"
        indexes = [models.Index(fields=["id"], condition=models.Q(ended_at=None), name="series_going_on")]

    def __str__(self):
        return self.title

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def window(self) -> tuple[datetime, datetime]:
        """Begin and end of the first window, naive."""
        return datetime.fromisoformat(self.first_start), datetime.fromisoformat(self.first_end)
