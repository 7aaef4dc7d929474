"""The components that an incident affects, each with the state that it gives them."""

from typing import Self

from django.db import models
from django.db.models import Q

from ..enums import ACTIVE_MAINTENANCE, CLOSED, ComponentStatus, Kind
from .component import Component, page_order


class IncidentComponentQuerySet(models.QuerySet["IncidentComponent"]):
    def public(self) -> Self:
        """Rows of public components, in page order."""
        return (
            self.filter(component__in=Component.objects.public())
            .select_related("component")
            .defer("component__description", "component__created_at", "component__updated_at")
            .order_by(*page_order("component__"))
        )

    def in_force(self) -> Self:
        """Rows of open incidents and of maintenances at work, hidden ones too."""
        at_work = Q(incident__kind=Kind.INCIDENT) | Q(incident__status__in=ACTIVE_MAINTENANCE)
        return self.filter(at_work).exclude(incident__status__in=CLOSED)

    def holding_down(self) -> Self:
        """Rows that hold their component down now: those in force that are public.

        A hidden one holds nothing down: the public would read a state without a reason.
        """
        return self.in_force().filter(incident__is_public=True)


class IncidentComponent(models.Model):
    """The state that an incident gives a component. While it is open and public, the component is at least that bad."""

    incident = models.ForeignKey("Incident", on_delete=models.CASCADE, related_name="affected")
    component = models.ForeignKey(Component, on_delete=models.CASCADE, related_name="+")
    status = models.CharField(max_length=24, choices=ComponentStatus)

    objects = IncidentComponentQuerySet.as_manager()

    class Meta:
        ordering = ["component__position", "component_id"]
        constraints = [
            models.UniqueConstraint("incident", "component", name="incident_component_once"),
        ]

    def __str__(self):
        return f"{self.component}: {self.get_status_display()}"
