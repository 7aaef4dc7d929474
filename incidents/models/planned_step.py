"""The steps of planned work that are due at a time: who is reminded when, and when it begins and ends by itself."""

from datetime import timedelta
from typing import Self

from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Now

from ..enums import StepKind
from .incident import Maintenance


class PlannedStepQuerySet(models.QuerySet["PlannedStep"]):
    def open(self) -> Self:
        """Return those that are neither done nor superseded."""
        return self.filter(done_at=None, superseded_at=None)

    def due(self, min_overdue: timedelta = timedelta(0)) -> Self:
        """Return those whose time came `min_overdue` ago or longer, by the database's clock, the earliest first."""
        return self.open().filter(due_at__lte=Now() - Value(min_overdue)).order_by("due_at", "pk")


class PlannedStep(models.Model):
    """One step, written in the transaction that plans, moves or cancels, and done in the one that does it."""

    maintenance = models.ForeignKey(Maintenance, on_delete=models.CASCADE, related_name="planned_steps")
    kind = models.CharField(max_length=8, choices=StepKind)
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    superseded_at = models.DateTimeField(null=True, help_text="It will not be done: moved, cancelled or told already.")

    objects = PlannedStepQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "id"]
        constraints = [
            models.UniqueConstraint("maintenance", "kind", "due_at", name="planned_step_once"),
            models.CheckConstraint(condition=Q(done_at=None) | Q(superseded_at=None), name="planned_step_has_one_end"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(done_at=None, superseded_at=None), name="planned_step_open")
        ]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.maintenance}"
