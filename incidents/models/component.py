from typing import Self

from django.db import models
from django.db.models.expressions import OrderBy
from django.utils import timezone

from ..enums import ComponentStatus
from .fields import LineField, PublicIdField


class ComponentGroup(models.Model):
    public_id = PublicIdField()
    name = LineField(unique=True)
    description = models.TextField(blank=True, max_length=1000)
    position = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self):
        return self.name


def page_order(component: str = "") -> list[OrderBy | str]:
    """Return what to order by, for rows that reach their component through the path `component` (such as
    "component__").

    By group, then what has no group: said, because databases differ in where NULL goes.
    """
    groups = [models.F(f"{component}{name}").asc(nulls_last=True) for name in ("group__position", "group_id")]
    return [*groups, f"{component}position", f"{component}id"]


class ComponentQuerySet(models.QuerySet["Component"]):
    def public(self) -> Self:
        """Return what the public may know of: used by page, feed, API, sign-up and audience alike."""
        return self.filter(is_public=True)

    def in_order(self) -> Self:
        return self.order_by(*page_order())


class Component(models.Model):
    public_id = PublicIdField()
    name = LineField()
    description = models.TextField(blank=True, max_length=1000)
    group = models.ForeignKey(
        ComponentGroup, null=True, blank=True, on_delete=models.SET_NULL, related_name="components"
    )
    position = models.PositiveIntegerField(default=0)
    is_public = models.BooleanField(default=True, help_text="A private component never leaves the admin.")
    own_status = models.CharField(
        max_length=24,
        choices=ComponentStatus,
        default=ComponentStatus.OPERATIONAL,
        help_text="Its state apart from incidents and maintenances.",
    )
    status = models.CharField(
        max_length=24,
        choices=ComponentStatus,
        default=ComponentStatus.OPERATIONAL,
        editable=False,
        help_text="The worst of its own state and what open incidents and maintenances imply.",
    )
    start_date = models.DateField(null=True, blank=True, help_text="Uptime counts from this day.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ComponentQuerySet.as_manager()

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint("name", "group", name="component_name_unique_in_group"),
            models.UniqueConstraint(
                "name",
                condition=models.Q(group=None),
                name="component_name_unique_without_group",
                violation_error_message="Another component without a group has this name.",
            ),
        ]

    def __str__(self):
        return self.name

    def get_status(self) -> ComponentStatus:
        return ComponentStatus(self.status)


class StatusChange(models.Model):
    """A component became `status` at `at`. Uptime is read from these rows; they are never edited."""

    component = models.ForeignKey(Component, on_delete=models.CASCADE, related_name="status_changes")
    status = models.CharField(max_length=24, choices=ComponentStatus)
    at = models.DateTimeField()
    incident = models.ForeignKey("Incident", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["at", "id"]
        indexes = [
            models.Index(fields=["component", "at"]),
            models.Index(fields=["at", "id"]),
        ]

    def __str__(self):
        return f"{self.component} {self.status} at {self.at:%Y-%m-%d %H:%M}"
