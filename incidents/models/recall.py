from django.conf import settings
from django.db import models

from .announcement import Announcement
from .fields import LineField


class Recall(models.Model):
    """An announcement was taken back: whoever has not got it yet does not get it any more.

    What was sent is sent, and the update stays on the page, marked as withdrawn: a correction says what is right.
    """

    announcement = models.OneToOneField(Announcement, on_delete=models.PROTECT, related_name="recall")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    reason = LineField(help_text="For ourselves; customers do not see it.")

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self):
        return f"{self.announcement}: {self.reason}"

    def save(self, *args, **kwargs):
        if self.pk:
            raise TypeError("A recall is immutable.")
        super().save(*args, **kwargs)
