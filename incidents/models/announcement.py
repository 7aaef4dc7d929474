from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from ..enums import CLOSED, Impact, Kind, Severity, WindowChange, label_of
from .fields import LineField, PublicIdField
from .incident import Incident
from .update import IncidentUpdate


class AnnouncementQuerySet(models.QuerySet["Announcement"]):
    def live(self) -> Self:
        """Return those that were not recalled."""
        return self.filter(recall=None)

    def newest_first(self) -> Self:
        """Return them by the time that they show, as the page does; of two at one time the one written later first."""
        return self.order_by("-published_at", "-pk")

    def after(self, announcement: "Announcement") -> Self:
        """Return those that stand before `announcement` in that order."""
        at = announcement.published_at
        return self.filter(Q(published_at__gt=at) | Q(published_at=at, pk__gt=announcement.pk))

    def of(self, incident: Incident) -> Self:
        """Return those of `incident`, and of what was merged into it."""
        return self.filter(Q(incident=incident) | Q(incident__merged_into=incident))


class Announcement(models.Model):
    """The immutable fact that we told the public something: every word frozen as it was published.

    `subscribers` turns it into deliveries. It carries all that a message needs, so that a later edit of the
    incident cannot change what is still going out.
    """

    public_id = PublicIdField()
    update = models.OneToOneField(IncidentUpdate, on_delete=models.PROTECT, related_name="announcement")
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="announcements")
    kind = models.CharField(max_length=12, choices=Kind)
    title = LineField()
    status = models.CharField(max_length=16)
    severity = models.CharField(max_length=2, choices=Severity)
    impact = models.CharField(max_length=12, choices=Impact)
    body = models.TextField()
    body_html = models.TextField()
    components = models.JSONField(help_text="id, name and status of each public component, in page order.")
    corrects = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.PROTECT,
        related_name="corrections",
        help_text="The announcement that these words put right.",
    )
    is_first = models.BooleanField(help_text="The first that the public heard of the incident.")
    reopens = models.BooleanField(default=False, db_default=False, help_text="The incident was over before.")
    is_false_alarm = models.BooleanField(default=False, db_default=False)
    is_late = models.BooleanField(
        default=False, db_default=False, help_text="Said after the end, which it does not move."
    )
    is_backdated = models.BooleanField(
        default=False, db_default=False, help_text="The update shows an earlier time than that of its publishing."
    )
    window_change = models.CharField(max_length=10, choices=WindowChange, blank=True, default="", db_default="")
    next_update_at = models.DateTimeField(null=True)
    scheduled_for = models.DateTimeField(null=True)
    scheduled_until = models.DateTimeField(null=True)
    published_at = models.DateTimeField(help_text="The time that the update shows.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = AnnouncementQuerySet.as_manager()

    class Meta:
        verbose_name = "update message"  # on the screen an announcement is a bulletin
        ordering = ["-id"]

    def __str__(self):
        return f"[{self.status_label}] {self.title}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk:
            raise TypeError("An announcement is immutable.")
        super().save(*args, **kwargs)

    @property
    def status_label(self) -> str:
        return label_of(
            self.status, is_false_alarm=self.is_false_alarm, is_late=self.is_late, change=self.window_change
        )

    @property
    def is_recalled(self) -> bool:
        return hasattr(self, "recall")

    @property
    def is_over(self) -> bool:
        """True for the one that closed the incident, and for what was said after that."""
        return self.status in CLOSED

    @property
    def is_last(self) -> bool:
        """True for the one that closed the incident."""
        return self.is_over and not self.is_late

    @property
    def is_milestone(self) -> bool:
        """Opened, opened again, moved or closed: what goes out by SMS unless a subscriber asks for every update."""
        return not self.is_late and (self.is_first or self.reopens or self.is_last or bool(self.window_change))

    @property
    def read_at(self) -> datetime:
        """About when it is read for the first time: when it was published, whatever time it shows."""
        return self.created_at if self.is_backdated else self.published_at or self.created_at

    @property
    def component_ids(self) -> list[int]:
        return [component["id"] for component in self.components]

    @property
    def component_names(self) -> list[str]:
        return [component["name"] for component in self.components]
