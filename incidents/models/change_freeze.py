from django.db import models
from django.db.models import F, Q

from .fields import LineField


class ChangeFreeze(models.Model):
    """A time in which the company wants nothing changed, such as the week before Christmas. Planning says so, and
    forbids nothing. The public never reads it."""

    name = LineField(help_text="Such as: Christmas trade.")
    begins_at = models.DateTimeField("begins")
    ends_at = models.DateTimeField("ends")

    class Meta:
        ordering = ["-begins_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("begins_at")),
                name="freeze_ends_after_it_begins",
                violation_error_message="It must end after it begins.",
            )
        ]

    def __str__(self):
        return self.name
