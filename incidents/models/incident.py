"""An incident and its timeline. A maintenance is an incident with a window (so the field's API has it), with a
lifecycle of its own: one table, one address space, one timeline, two sets of states held apart by a constraint."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from ..enums import (
    CLOSED,
    NEXT_MAINTENANCE,
    Impact,
    IncidentStatus,
    Kind,
    MaintenanceStatus,
    Severity,
    is_in_force,
    label_of,
)
from .component import Component
from .fields import LineField, PublicIdField
from .selections import IncidentQuerySet, MaintenanceQuerySet, OfKind

CODE_LENGTH = 8  # 40 bits: of 10,000 incidents two begin alike once in 17,000 installations


class Incident(models.Model):
    public_id = PublicIdField()
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.INCIDENT, editable=False)
    title = LineField()
    status = models.CharField(
        max_length=16,
        choices=IncidentStatus.choices + MaintenanceStatus.choices,
        default=IncidentStatus.INVESTIGATING,
    )
    severity = models.CharField(max_length=2, choices=Severity, default=Severity.P3)
    impact = models.CharField(max_length=12, choices=Impact, default=Impact.MINOR)
    is_public = models.BooleanField(default=True)
    started_at = models.DateTimeField(default=timezone.now)
    monitoring_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    next_update_at = models.DateTimeField(null=True, blank=True)
    scheduled_for = models.DateTimeField(null=True, blank=True)
    scheduled_until = models.DateTimeField(null=True, blank=True)
    zone = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_default="",
        help_text="Of its window; empty: the site's.",
    )
    begins_itself = models.BooleanField(null=True, blank=True, help_text="At its time; unknown: as the site says.")
    ends_itself = models.BooleanField(null=True, blank=True, help_text="At its time; unknown: as the site says.")
    tells_begin = models.BooleanField(default=True, db_default=True, help_text="Whether beginning by itself is sent.")
    tells_end = models.BooleanField(default=True, db_default=True, help_text="Whether ending by itself is sent.")
    window_moves = models.PositiveIntegerField(
        default=0, db_default=0, editable=False, help_text="How often its end was put off in calendars before a move."
    )
    components = models.ManyToManyField(Component, through="IncidentComponent", related_name="incidents")
    template = models.ForeignKey("IncidentTemplate", null=True, blank=True, on_delete=models.SET_NULL)
    type = models.ForeignKey("IncidentType", null=True, blank=True, on_delete=models.PROTECT, related_name="incidents")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Who sees to it.",
    )
    detected_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    declared_at = models.DateTimeField(null=True, blank=True)
    mitigated_at = models.DateTimeField(null=True, blank=True)
    corrected_at = models.DateTimeField(
        null=True, editable=False, help_text="When something that the public reads was put right without an update."
    )
    is_false_alarm = models.BooleanField(
        default=False, db_default=False, editable=False, help_text="It was none: uptime and counts leave it out."
    )
    merged_into = models.ForeignKey("self", null=True, editable=False, on_delete=models.PROTECT, related_name="merged")
    follows = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="followed_by",
        help_text="The one that came back, or that it was split off from.",
    )
    is_split_off = models.BooleanField(
        default=False, db_default=False, editable=False, help_text="It was part of the one that it follows."
    )
    series = models.ForeignKey(
        "MaintenanceSeries",
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="windows",
    )
    series_start = models.CharField(
        max_length=16, blank=True, default="", db_default="", editable=False, help_text="Its key in the series."
    )
    source_id = models.CharField(
        max_length=64, null=True, blank=True, unique=True, help_text="Its name in the history it came from."
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    all_kinds = models.Manager.from_queryset(IncidentQuerySet)()
    objects = OfKind.from_queryset(IncidentQuerySet)(Kind.INCIDENT)

    class Meta:
        base_manager_name = "all_kinds"
        default_manager_name = "all_kinds"
        ordering = ["-started_at", "-id"]
        permissions = [("publish", "Can publish incidents and their updates")]
        indexes = [
            models.Index(fields=["-started_at", "-id"]),
            models.Index(fields=["id"], condition=~Q(status__in=CLOSED), name="incident_open"),
            models.Index(fields=["resolved_at"], name="incident_over"),
            models.Index(
                fields=["-scheduled_for", "-id"], condition=Q(kind=Kind.MAINTENANCE), name="maintenance_window"
            ),
            models.Index(Coalesce("scheduled_for", "started_at").desc(), F("id").desc(), name="incident_filed"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind=Kind.INCIDENT, status__in=IncidentStatus.values)
                | Q(kind=Kind.MAINTENANCE, status__in=MaintenanceStatus.values),
                name="incident_status_of_its_kind",
            ),
            models.CheckConstraint(
                condition=Q(kind=Kind.INCIDENT, scheduled_for=None, scheduled_until=None)
                | Q(kind=Kind.MAINTENANCE, scheduled_until__gt=F("scheduled_for")),
                name="incident_window_of_maintenance",
                violation_error_message="The window must end after it begins.",
            ),
            models.UniqueConstraint("series", "series_start", name="incident_once_in_series"),
            models.CheckConstraint(
                condition=Q(status__in=CLOSED, resolved_at__isnull=False)
                | (~Q(status__in=CLOSED) & Q(resolved_at=None)),
                name="incident_closed_has_time",
            ),
        ]

    def __str__(self):
        return self.title

    @property
    def is_open(self) -> bool:
        return self.status not in CLOSED

    @property
    def is_maintenance(self) -> bool:
        return self.kind == Kind.MAINTENANCE

    @property
    def window(self) -> tuple[datetime, datetime] | None:
        """Begin and end of a maintenance as planned; None for an incident, which has none."""
        return (self.scheduled_for, self.scheduled_until) if self.scheduled_for and self.scheduled_until else None

    @property
    def is_in_force(self) -> bool:
        """True while it is open, or at work: what it says of its components is so now, be it public or hidden."""
        return is_in_force(self.status)

    @property
    def next_statuses(self) -> tuple[str, ...]:
        """The statuses that its next update may have; none once it is closed."""
        if self.is_maintenance:
            return NEXT_MAINTENANCE[self.status]
        return tuple(IncidentStatus.values) if self.is_open else ()

    @property
    def is_announced(self) -> bool:
        """The public has heard of it."""
        return self.pk is not None and self.announcements.exists()

    @property
    def status_label(self) -> str:
        return label_of(self.status, is_false_alarm=self.is_false_alarm)

    def get_absolute_url(self) -> str:
        return reverse("incident", args=[self.public_id])

    @property
    def short_code(self) -> str:
        """The code that stands for it in an SMS: CODE_LENGTH characters, or the whole id where an earlier one begins
        alike.

        No secret, nothing stored: whoever guesses one finds what the history lists.
        """
        code = self.public_id[:CODE_LENGTH]
        is_taken = self.pk and Incident.all_kinds.coded(code).filter(pk__lt=self.pk).exists()
        return self.public_id if is_taken else code

    def get_short_url(self) -> str:
        """The address for an SMS, from SITE_URL. One query."""
        return settings.SITE_URL + reverse("incident-short", args=[self.short_code])

    def get_public_url(self) -> str:
        """The address that goes into messages: from SITE_URL, never from a request's Host."""
        return settings.SITE_URL + self.get_absolute_url()


class Maintenance(Incident):
    objects = OfKind.from_queryset(MaintenanceQuerySet)(Kind.MAINTENANCE)  # type: ignore[misc, assignment]  # of its kind

    class Meta:
        proxy = True
        default_manager_name = "objects"
        ordering = ["scheduled_for", "id"]
        verbose_name_plural = "maintenances"

    def save(self, *args, **kwargs):
        self.kind = Kind.MAINTENANCE
        super().save(*args, **kwargs)
