from typing import Self

from django.db import models
from django.db.models import F, Q

from ..enums import ComponentStatus
from .component import Component


class StatePeriodQuerySet(models.QuerySet["StatePeriod"]):
    def still(self) -> Self:
        """Return those that have not ended."""
        return self.filter(ended_at=None)

    def counted(self) -> Self:
        """Return those that uptime counts: a component's own, and those of public incidents that were no false
        alarm."""
        return self.filter(Q(incident=None) | Q(incident__is_public=True, incident__is_false_alarm=False))


class StatePeriod(models.Model):
    """A time during which an incident, or the component by itself, gave the component a state other than operational.

    What an incident says of its components, when: publishing writes it, an edit of the incident puts it right. What a
    component was at a moment is the worst of the counted periods around it, and is kept as StatusChange.
    """

    component = models.ForeignKey(Component, on_delete=models.CASCADE, related_name="periods")
    incident = models.ForeignKey(
        "Incident", null=True, on_delete=models.CASCADE, related_name="periods", help_text="None: its own state."
    )
    status = models.CharField(max_length=24, choices=ComponentStatus)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, help_text="None: it is so still.")

    objects = StatePeriodQuerySet.as_manager()

    class Meta:
        ordering = ["began_at", "id"]
        indexes = [models.Index(fields=["component", "began_at"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gt=F("began_at")), name="state_period_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=~Q(status=ComponentStatus.OPERATIONAL), name="state_period_is_not_operational"
            ),
            models.UniqueConstraint(
                "incident", "component", condition=Q(ended_at=None), name="state_period_open_once_per_incident"
            ),
            models.UniqueConstraint(
                "component", condition=Q(incident=None, ended_at=None), name="state_period_own_open_once"
            ),
        ]

    def __str__(self):
        return f"{self.component} {self.status} from {self.began_at:%Y-%m-%d %H:%M}"
