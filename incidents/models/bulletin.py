"""A bulletin ("announcement" on the screen): a post that is neither incident nor window. It has no state, and changes
none."""

from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from .fields import LineField, MarkdownField, PublicIdField

_MINUTE = timedelta(minutes=1)


class BulletinQuerySet(models.QuerySet["Bulletin"]):
    def newest_first(self) -> Self:
        return self.order_by("-from_at", "-id")

    def shown(self, at: datetime) -> Self:
        """Return those that the public may know of in the minute of `at`: begun, and not withdrawn before that."""
        was_shown = Q(withdrawn_at=None) | Q(withdrawn_at__gt=F("from_at"))
        return self.filter(was_shown, from_at__lt=_minute_after(at))

    def current(self, at: datetime) -> Self:
        """Return those that hold in the minute of `at`: begun, neither over nor withdrawn."""
        return self.shown(at).ahead(at)

    def ahead(self, at: datetime) -> Self:
        """Return those that hold at `at`, or will."""
        lasts = Q(until_at=None) | Q(until_at__gte=_minute_after(at))
        return self.filter(lasts, withdrawn_at=None)

    def pinned_first(self) -> Self:
        return self.order_by("-is_pinned", "-from_at", "-id")


def _minute_after(at: datetime) -> datetime:
    """Return the end of the minute of `at`: the page speaks in minutes."""
    return at.replace(second=0, microsecond=0) + _MINUTE


class Bulletin(models.Model):
    """One bulletin as it stands now; what it said before an edit stands in the audit."""

    public_id = PublicIdField()
    title = LineField()
    body = MarkdownField()
    body_html = models.TextField(editable=False)
    from_at = models.DateTimeField(help_text="Nobody outside sees or gets it before.")
    until_at = models.DateTimeField(null=True, blank=True, help_text="From then on it is not on the front page.")
    is_pinned = models.BooleanField(default=False, help_text="Above the components, before all others.")
    is_told = models.BooleanField(default=False, editable=False, help_text="It is sent to every subscriber.")
    edited_at = models.DateTimeField(null=True, editable=False, help_text="When its words changed last.")
    withdrawn_at = models.DateTimeField(null=True, editable=False)
    withdrawn_reason = LineField(blank=True, editable=False, help_text="For ourselves; customers do not see it.")
    version = models.PositiveIntegerField(default=1, editable=False, help_text="Raised by whatever changes it.")
    request_key = models.CharField(max_length=64, null=True, unique=True, editable=False)
    request_digest = models.CharField(max_length=64, blank=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = BulletinQuerySet.as_manager()

    class Meta:
        ordering = ["-from_at", "-id"]
        indexes = [models.Index(fields=["-from_at", "-id"], name="bulletin_newest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(until_at=None) | Q(until_at__gt=F("from_at")),
                name="bulletin_until_after_from",
                violation_error_message="It must end after it begins.",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | ~Q(withdrawn_reason=""),
                name="bulletin_withdrawn_has_reason",
            ),
        ]

    def __str__(self):
        return self.title

    def has_begun(self, at: datetime) -> bool:
        return self.from_at < _minute_after(at)

    def is_over(self, at: datetime) -> bool:
        return self.until_at is not None and self.until_at < _minute_after(at)

    @property
    def was_shown(self) -> bool:
        """False for one that was withdrawn before its time: the public never learns of it."""
        return self.withdrawn_at is None or self.withdrawn_at > self.from_at

    @property
    def spoke_at(self) -> datetime:
        """The time at which we last said something in it, or took it back."""
        return max(filter(None, (self.from_at, self.edited_at, self.withdrawn_at)))

    def get_absolute_url(self) -> str:
        return reverse("bulletin", args=[self.public_id])

    def get_public_url(self) -> str:
        """The address that goes into messages: from SITE_URL, never from a request's Host."""
        return settings.SITE_URL + self.get_absolute_url()
