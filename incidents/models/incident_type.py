from django.db import models

from .fields import LineField


class IncidentType(models.Model):
    """A type of incident, as the site sorts its own: database, release, third party. The public never reads it."""

    name = LineField(unique=True)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self):
        return self.name
