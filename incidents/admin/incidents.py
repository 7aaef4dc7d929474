"""The incidents in the admin. They are written in the console; here they are looked up, and hidden where they must
be."""

from collections.abc import Iterable
from itertools import chain

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from statuspage.lib.read_only_admin import LookOnlyInline, ReadOnlyAdmin, moment

from ..actions import catalogue
from ..enums import IncidentStatus, MaintenanceStatus
from ..models import Announcement, Incident, IncidentComponent, IncidentUpdate, Maintenance, StatusChange


class AffectedInline(LookOnlyInline):
    model = IncidentComponent
    fields = ["component", "status"]
    verbose_name_plural = "affected components"


class TimelineInline(LookOnlyInline):
    model = IncidentUpdate
    fk_name = "incident"
    fields = ["display_at", "status", "body", "created_by"]
    verbose_name_plural = "timeline, newest first"


def _console_link(incident: Incident) -> str:
    return format_html('<a href="{}">Open in console</a>', reverse("console:incident", args=[incident.public_id]))


def _states_now(changes: Iterable[StatusChange]) -> str:
    """The components that moved; each once, in its last state."""
    last = {change.component: change.get_status_display().lower() for change in changes}
    if not last:
        return "No component changed its state."
    return f"Components now: {', '.join(f'{component} {state}' for component, state in last.items())}."


def _sets_visibility(is_public: bool):
    words = "Show on the page" if is_public else "Hide from the page"

    @admin.action(description=words, permissions=["publish"])
    def set_visibility(modeladmin, request, queryset):
        moved = []
        for incident in queryset:
            try:
                changes = catalogue.set_visibility(
                    incident=incident, is_public=is_public, by=request.user, at=timezone.now()
                )
            except ValidationError as refusal:
                messages.error(request, " ".join(refusal.messages))
                continue
            if changes is not None:
                moved.append(changes)
        now = "shown" if is_public else "hidden"
        messages.success(
            request,
            f"{len(moved)} {now}. What was sent before is sent; nothing new goes out. {_states_now(chain(*moved))}",
        )

    set_visibility.__name__ = "show" if is_public else "hide"
    return set_visibility


class Stage(admin.SimpleListFilter):
    """The states of this kind alone: an incident is never in progress, a maintenance never investigating."""

    title = "status"
    parameter_name = "status"

    def lookups(self, request, model_admin):
        return MaintenanceStatus.choices if model_admin.model is Maintenance else IncidentStatus.choices

    def queryset(self, request, queryset):
        return queryset.filter(status=self.value()) if self.value() else queryset


class StoryAdmin(ReadOnlyAdmin):
    """An incident or a maintenance, with its timeline."""

    search_fields = ["title", "public_id"]
    inlines = [AffectedInline, TimelineInline]
    actions = [_sets_visibility(False), _sets_visibility(True)]

    def has_publish_permission(self, request):
        return request.user.has_perm("incidents.publish")

    @admin.display(description="console")
    def console(self, incident):
        return _console_link(incident)


@admin.register(Incident)
class IncidentAdmin(StoryAdmin):
    list_display = ["title", "status", "level", "started", "is_public", "console"]
    list_filter = [Stage, "severity", "impact", "type", "is_public"]
    started = moment("started_at")
    date_hierarchy = "started_at"
    ordering = ["-started_at", "-pk"]
    fields = [
        "console",
        "title",
        "status",
        "severity",
        "impact",
        "type",
        "owner",
        "is_public",
        "started_at",
        "resolved_at",
        "next_update_at",
        "template",
        "created_by",
        "public_id",
        "source_id",
    ]

    def get_queryset(self, request):
        return Incident.objects.all()

    @admin.display(description="severity", ordering="severity")
    def level(self, incident):
        return incident.severity


@admin.register(Maintenance)
class MaintenanceAdmin(StoryAdmin):
    list_display = ["title", "status", "begins", "ends", "is_public", "console"]
    list_filter = [Stage, "is_public"]
    begins, ends = moment("scheduled_for", "begins"), moment("scheduled_until", "ends")
    date_hierarchy = "scheduled_for"
    ordering = ["-scheduled_for", "-pk"]
    fields = [
        "console",
        "title",
        "status",
        "is_public",
        "scheduled_for",
        "scheduled_until",
        "resolved_at",
        "created_by",
        "public_id",
        "source_id",
    ]


class SaidAdmin(ReadOnlyAdmin):
    """One thing that we said."""

    list_select_related = ["incident"]

    @admin.display(description="console")
    def console(self, said):
        return _console_link(said.incident)


@admin.register(IncidentUpdate)
class IncidentUpdateAdmin(SaidAdmin):
    list_display = ["incident", "status", "at", "created_by", "console"]
    at = moment("display_at", "shown at")
    list_filter = ["status"]
    list_select_related = ["incident", "created_by"]
    date_hierarchy = "display_at"
    search_fields = ["incident__title", "incident__public_id", "body"]
    fields = ["console", "incident", "status", "body", "display_at", "next_update_at", "created_by", "created_at"]


@admin.register(Announcement)
class AnnouncementAdmin(SaidAdmin):
    list_display = ["title", "said", "level", "at", "console"]
    at = moment("published_at", "published")
    list_filter = ["kind", "severity", "is_first"]
    date_hierarchy = "published_at"
    search_fields = ["title", "incident__public_id", "body"]
    fields = [
        "console",
        "title",
        "said",
        "severity",
        "impact",
        "body",
        "affected",
        "next_update_at",
        "scheduled_for",
        "scheduled_until",
        "published_at",
        "public_id",
    ]

    @admin.display(description="severity", ordering="severity")
    def level(self, announcement):
        return announcement.severity

    @admin.display(description="status", ordering="status")
    def said(self, announcement):
        return announcement.status_label

    @admin.display(description="components")
    def affected(self, announcement):
        return ", ".join(announcement.component_names) or "None"
