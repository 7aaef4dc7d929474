import hashlib
from datetime import datetime, timedelta

from django.db import models

REMEMBERED_FOR = timedelta(days=730)


class SeenReportManager(models.Manager):
    def is_known(self, *names: str) -> bool:
        return self.filter(digest=_digest(names)).exists()

    def remember(self, *names: str, at: datetime) -> bool:
        """Whether it was not known before; of two at once one is told so."""
        _, is_new = self.get_or_create(digest=_digest(names), defaults={"seen_at": at})
        return is_new


class SeenReport(models.Model):
    """A report that was taken, which a provider signed and which ends a subscription or starts it again: whoever posts
    a copy of it later changes nothing. Named by what the provider numbers; the words are not kept."""

    digest = models.CharField(max_length=64, primary_key=True)
    seen_at = models.DateTimeField()

    objects = SeenReportManager()

    class Meta:
        indexes = [models.Index(fields=["seen_at"])]

    def __str__(self):
        return self.digest[:12]


def _digest(names: tuple[str, ...]) -> str:
    return hashlib.sha256("\0".join(names).encode()).hexdigest()
