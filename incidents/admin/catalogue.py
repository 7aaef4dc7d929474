"""The groups and components of the page in the admin, and the types of incidents."""

from django.contrib import admin, messages
from django.db.models import Count
from django.utils import timezone

from ..actions import catalogue
from ..enums import ComponentStatus
from ..models import ChangeFreeze, Component, ComponentGroup, IncidentType
from .bounded import MOST, BoundedListAdmin
from .deleting import DeletingAdmin


class CatalogueAdmin(BoundedListAdmin, DeletingAdmin):
    """Every write is one call into the actions, so that the page follows and the audit knows."""

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        """Fields that are edited in a list stand there without a label of their own."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and db_field.name in self.list_editable:
            field.widget.attrs["aria-label"] = field.label
        return field

    def save_model(self, request, obj, form, change):
        catalogue.save_entry(entry=obj, changed=form.changed_data, by=request.user, at=timezone.now())


def _sets_own_status(status: ComponentStatus):
    """An action of the list that sets the own status of the chosen components."""

    @admin.action(description=f"Set own status: {status.label}", permissions=["change"])
    def set_own_status(modeladmin, request, queryset):
        for component in queryset:
            catalogue.set_own_status(component=component, status=status, by=request.user, at=timezone.now())
        messages.success(request, f"Own status is now {status.label.lower()} for {queryset.count()} components.")

    set_own_status.__name__ = f"set_{status.value}"
    return set_own_status


def _sets_public(is_public: bool):
    words = "Show on the page" if is_public else "Make private"

    @admin.action(description=words, permissions=["change"])
    def set_public(modeladmin, request, queryset):
        for component in queryset.exclude(is_public=is_public):
            component.is_public = is_public
            catalogue.save_entry(entry=component, changed=["is_public"], by=request.user, at=timezone.now())
            _warn_of_silence(request, component)
        messages.success(request, f"{words}: done for {queryset.count()} components.")

    set_public.__name__ = "show" if is_public else "make_private"
    return set_public


def _warn_of_silence(request, component: Component) -> None:
    if not component.is_public and (sentence := catalogue.who_goes_without(component)):
        messages.warning(request, f"“{component}” is private. {sentence}")


@admin.register(Component)
class ComponentAdmin(CatalogueAdmin):
    list_display = ["name", "group", "position", "status", "own_status", "is_public"]
    list_editable = ["position"]
    list_filter = ["group", "status", "is_public"]
    list_select_related = ["group"]
    list_per_page = MOST
    search_fields = ["name", "description"]
    ordering = ["group__position", "position", "pk"]
    readonly_fields = ["status", "public_id"]
    fieldsets = [
        (None, {"fields": ["name", "description", "group", "position", "is_public"]}),
        (
            "State",
            {
                "fields": ["status", "own_status"],
                "description": "To tell customers of trouble, open an incident: the state follows by itself. "
                "The own status is for what nobody announces.",
            },
        ),
        ("More", {"fields": ["start_date", "public_id"]}),
    ]
    actions = [*map(_sets_own_status, ComponentStatus), _sets_public(True), _sets_public(False), "delete_selected"]

    def get_form(self, request, obj=None, change=False, **kwargs):
        """Return the form; beside the box that makes it private stands what that means for those who subscribed to
        it."""
        form = super().get_form(request, obj, change=change, **kwargs)
        if change and (box := form.base_fields.get("is_public")):
            box.help_text = f"{box.help_text} {catalogue.who_goes_without(obj)}".rstrip()
        return form

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if change and "is_public" in form.changed_data:
            _warn_of_silence(request, obj)


@admin.register(ComponentGroup)
class ComponentGroupAdmin(CatalogueAdmin):
    list_display = ["name", "position", "components"]
    list_editable = ["position"]
    search_fields = ["name"]
    fields = ["name", "position"]
    actions = ["delete_selected"]

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(members=Count("components"))

    @admin.display(ordering="members")
    def components(self, group):
        return group.members


@admin.register(IncidentType)
class IncidentTypeAdmin(CatalogueAdmin):
    list_display = ["name", "position", "incidents"]
    list_editable = ["position"]
    search_fields = ["name"]
    fields = ["name", "position"]
    actions = ["delete_selected"]

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(number=Count("incidents"))

    @admin.display(ordering="number")
    def incidents(self, one):
        return one.number


@admin.register(ChangeFreeze)
class ChangeFreezeAdmin(CatalogueAdmin):
    list_display = ["name", "begins_at", "ends_at"]
    search_fields = ["name"]
    fields = ["name", "begins_at", "ends_at"]
    actions = ["delete_selected"]
