"""The selections of incidents and windows, each said once: what is public, open, under way."""

from typing import TYPE_CHECKING, Self, TypeVar

from django.db import models

from ..enums import ACTIVE_MAINTENANCE, CLOSED, Kind, MaintenanceStatus
from .component import Component
from .incident_component import IncidentComponent
from .update import IncidentUpdate

if TYPE_CHECKING:
    from .incident import Incident, Maintenance  # noqa: F401  named below

AnyKind = TypeVar("AnyKind", bound="Incident", covariant=True)


class IncidentQuerySet(models.QuerySet[AnyKind]):
    def public(self) -> Self:
        """Return what the public may know of: used by page, history, feed, API, sitemap and audience alike."""
        return self.filter(is_public=True)

    def unmerged(self) -> Self:
        """Return those that stand for themselves: what was merged into another is told there, and in no list."""
        return self.filter(merged_into=None)

    def coded(self, code: str) -> Self:
        """Return those that the short address `code` may mean; it means the first, whatever came later."""
        return self.filter(public_id__startswith=code).order_by("pk")

    def open(self) -> Self:
        return self.exclude(status__in=CLOSED)

    def affecting(self, component: Component) -> Self:
        return self.filter(components=component)

    def newest_first(self) -> Self:
        return self.order_by("-started_at", "-id")

    def with_affected(self) -> Self:
        """Public affected components in one further query, whatever the number of incidents."""
        return self.prefetch_related(models.Prefetch("affected", IncidentComponent.objects.public()))

    def with_latest(self) -> Self:
        """The same, with the last update that holds: a month's timelines weigh ten times what a list of it shows."""
        return self.with_affected().prefetch_related(
            models.Prefetch("updates", IncidentUpdate.objects.public().holding().last_of_each().marked()),
        )

    def with_timeline(self) -> Self:
        """Updates and public affected components in two further queries, whatever the number of incidents."""
        return self.with_affected().prefetch_related(
            models.Prefetch("updates", IncidentUpdate.objects.public().newest_first().marked()),
        )


class MaintenanceQuerySet(IncidentQuerySet["Maintenance"]):
    def upcoming(self) -> Self:
        return self.filter(status=MaintenanceStatus.SCHEDULED).order_by("scheduled_for", "id")

    def active(self) -> Self:
        return self.filter(status__in=ACTIVE_MAINTENANCE)


class OfKind(models.Manager[AnyKind]):
    def __init__(self, kind: Kind):
        super().__init__()
        self.kind = kind

    def get_queryset(self) -> models.QuerySet[AnyKind]:
        return super().get_queryset().filter(kind=self.kind)
