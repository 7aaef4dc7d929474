from django.db import models

from incidents.models import Announcement


class Fanout(models.Model):
    """The fan-out of an announcement. No row, or no `finished_at`: there is work to do."""

    announcement = models.OneToOneField(Announcement, on_delete=models.CASCADE, related_name="+")
    cursor = models.BigIntegerField(default=0, help_text="The last subscriber whose page of rows is written.")
    finished_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(
        null=True,
        db_column="closed_at",
        help_text="From then on nobody turns out to have confirmed before it was published.",
    )
    rolled_up_at = models.DateTimeField(
        null=True,
        db_column="folded_at",
        help_text="From then on its deliveries give way to counts, and nobody more is listed.",
    )

    def __str__(self):
        return f"{self.announcement}: up to {self.cursor}"
