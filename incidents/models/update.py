"""The updates of an incident: what was said, and when."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from ..enums import IncidentStatus, MaintenanceStatus, WindowChange, label_of
from .fields import MarkdownField, PublicIdField


class IncidentUpdateQuerySet(models.QuerySet["IncidentUpdate"]):
    def newest_first(self) -> Self:
        return self.order_by("-display_at", "-id")

    def last_written(self) -> "IncidentUpdate | None":
        """Return the one written last, whatever time it shows: what an author must have read. None where there is
        none."""
        return self.order_by("-pk").first()

    def last_of_each(self) -> Self:
        """Return what was said last among these of each incident."""
        later = Q(display_at__gt=OuterRef("display_at")) | Q(display_at=OuterRef("display_at"), id__gt=OuterRef("id"))
        return self.filter(~Exists(self.filter(later, incident=OuterRef("incident"))))

    def public(self) -> Self:
        """Return those written for the public: what was said while the incident was internal stays so."""
        return self.filter(is_public=True)

    def holding(self) -> Self:
        """Return those whose words were not taken back."""
        return self.filter(announcement__recall=None)

    def marked(self) -> Self:
        """Return them with `withdrawn_at`, when its words were taken back, `corrects_at`, the time that those show
        which it puts right, and `came_from`, the title of the incident that was merged with it; None where nothing of
        the kind happened."""
        return self.annotate(
            withdrawn_at=F("announcement__recall__at"),
            corrects_at=F("announcement__corrects__published_at"),
            came_from=F("merged_from__title"),
        )


class IncidentUpdate(models.Model):
    """One dated public message in the timeline."""

    public_id = PublicIdField()
    incident = models.ForeignKey("Incident", on_delete=models.CASCADE, related_name="updates")
    status = models.CharField(max_length=16, choices=IncidentStatus.choices + MaintenanceStatus.choices)
    body = MarkdownField()
    body_html = models.TextField(editable=False)
    display_at = models.DateTimeField(default=timezone.now)
    next_update_at = models.DateTimeField(null=True, blank=True)
    edited_at = models.DateTimeField(null=True, editable=False, help_text="When its words were last put right.")
    is_late = models.BooleanField(
        default=False, db_default=False, editable=False, help_text="Said after the end, which it does not move."
    )
    window_change = models.CharField(
        max_length=10, choices=WindowChange, blank=True, default="", db_default="", editable=False
    )
    affected_components = models.JSONField(
        default=list, help_text="code, name, old_status, new_status of each component this update speaks of."
    )
    request_key = models.CharField(max_length=64, null=True, unique=True, editable=False)
    request_digest = models.CharField(max_length=64, blank=True, editable=False)
    is_false_alarm = models.BooleanField(
        default=False, db_default=False, editable=False, help_text="It says that the incident was none."
    )
    is_public = models.BooleanField(
        default=True, db_default=True, help_text="Written for the public; not while the incident was internal."
    )
    merged_from = models.ForeignKey(
        "Incident",
        null=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="The incident that it was written for, before that was merged into this one.",
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    # Added by marked().
    withdrawn_at: datetime | None
    corrects_at: datetime | None
    came_from: str | None

    objects = IncidentUpdateQuerySet.as_manager()

    class Meta:
        ordering = ["-display_at", "-id"]
        indexes = [
            models.Index(fields=["incident", "-display_at", "-id"]),
            models.Index(fields=["-display_at", "-id"]),
        ]

    def __str__(self):
        return f"{self.status_label} at {self.display_at:%Y-%m-%d %H:%M}"

    @property
    def status_label(self) -> str:
        return label_of(
            self.status, is_false_alarm=self.is_false_alarm, is_late=self.is_late, change=self.window_change
        )
