from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from incidents.models import Announcement
from incidents.models.fields import LineField

from ..channels import registry
from ..enums import Channel


class PauseQuerySet(models.QuerySet["Pause"]):
    def open(self) -> Self:
        """Return those that hold something back now."""
        return self.filter(released_at=None)


class Pause(models.Model):
    """A hold that somebody puts on notices: all of them, a channel's, an announcement's, or both at once. They wait,
    whole."""

    channel = models.CharField(max_length=8, choices=Channel, blank=True, help_text="Empty: every channel.")
    announcement = models.ForeignKey(
        Announcement, null=True, on_delete=models.PROTECT, related_name="pauses", help_text="None: everything."
    )
    reason = LineField()
    paused_at = models.DateTimeField(db_column="stopped_at")
    paused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_column="stopped_by_id"
    )
    released_at = models.DateTimeField(null=True)
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    objects = PauseQuerySet.as_manager()

    class Meta:
        db_table = "subscribers_stop"
        ordering = ["-paused_at", "-id"]
        # The name that groups hold: another would take the right from them.
        permissions = [("stop_deliveries", "Can pause, release and retry deliveries")]
        constraints = [
            # NULLs are never alike, so the two kinds of scope are said apart.
            models.UniqueConstraint(
                "channel", condition=Q(released_at=None, announcement=None), name="stop_once_of_everything"
            ),
            models.UniqueConstraint(
                "channel",
                "announcement",
                condition=Q(released_at=None, announcement__isnull=False),
                name="stop_once_of_announcement",
            ),
            models.CheckConstraint(
                condition=Q(released_by=None) | Q(released_at__isnull=False), name="stop_released_by_has_time"
            ),
        ]

    def __str__(self):
        return self.scope

    @property
    def scope(self) -> str:
        """The scope of the pause, in words: "all SMS", "all e-mail of “Card payments fail”"."""
        what = f"all {registry.of(self.channel).in_a_sentence}" if self.channel else "everything"
        if self.announcement is None:
            return what
        return f"{what} of “{self.announcement}”"
