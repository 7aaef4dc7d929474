"""Deleting in the admin: what nothing depends on goes; of the rest its page, its list and the confirmation say why it
stays. Decided by actions.catalogue alone."""

from django.contrib import admin, messages
from django.contrib.admin import actions
from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.db import transaction
from django.shortcuts import redirect
from django.utils import timezone

from ..actions import catalogue


class DeletingAdmin(admin.ModelAdmin):
    """The templates of the app, in templates/admin/incidents, show `why_kept` and `kept`."""

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if change and self.has_delete_permission(request, obj):
            context["why_kept"] = catalogue.why_kept(obj)
            context["show_delete"] = not context["why_kept"]
        return super().render_change_form(request, context, add, change, form_url, obj)

    def delete_view(self, request, object_id, extra_context=None):
        entry = self.get_object(request, unquote(object_id))
        why = catalogue.why_kept(entry) if entry else ""
        if why and request.method == "POST" and self.has_delete_permission(request, entry):
            return self._kept(request, entry, why)
        try:
            return super().delete_view(request, object_id, {"why_kept": why} | (extra_context or {}))
        except ValidationError as error:
            return self._kept(request, entry, str(error.message))

    def _kept(self, request, entry, why: str):
        _say_kept(request, entry, why)
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", entry.pk)

    def delete_model(self, request, obj):
        catalogue.delete_entry(entry=obj, by=request.user, at=timezone.now())

    def delete_queryset(self, request, queryset):
        for entry in queryset:
            self.delete_model(request, entry)

    @admin.action(permissions=["delete"], description="Delete selected %(verbose_name_plural)s")
    def delete_selected(self, request, queryset):
        """Delete those that may go, after a question that names the others too. All of them or, in a race, none."""
        kept = {entry: why for entry in queryset if (why := catalogue.why_kept(entry))}
        free = queryset.exclude(pk__in=[entry.pk for entry in kept])
        asks = free and not request.POST.get("post")
        if not asks:
            for entry, why in kept.items():
                _say_kept(request, entry, why)
        if not free:
            return None
        page = self._delete_all(request, free)
        if asks:
            page.context_data["kept"] = kept
        return page

    def _delete_all(self, request, queryset):
        try:
            with transaction.atomic():
                return actions.delete_selected(self, request, queryset)
        except ValidationError as error:
            messages.error(request, f"Nothing was deleted: of one of them somebody has made use. {error.message}")


def _say_kept(request, entry, why: str) -> None:
    messages.error(request, f"“{entry}” stays. {why}")
