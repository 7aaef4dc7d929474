from django.conf import settings
from django.db import models

from .update import IncidentUpdate


class UpdateRevision(models.Model):
    """The former words of an update: what stood there until `at`, when `by` put other words in their place.

    Written by a quiet edit, never changed. The public reads them only where the site shows former words.
    """

    update = models.ForeignKey(IncidentUpdate, on_delete=models.CASCADE, related_name="revisions")
    body = models.TextField()
    body_html = models.TextField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    request_key = models.CharField(max_length=64, null=True, unique=True)
    request_digest = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self):
        return f"{self.update}, until {self.at:%Y-%m-%d %H:%M}"

    def save(self, *args, **kwargs):
        if self.pk:
            raise TypeError("A revision is immutable.")
        super().save(*args, **kwargs)
