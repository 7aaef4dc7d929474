"""Pre-approved texts: written by the lead, approved by somebody else."""

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import BaseModelAdmin
from django.core.exceptions import ValidationError
from django.utils import timezone

from statuspage.lib.given_back import Words

from ..actions import catalogue, templates
from ..enums import OFFERED
from ..models import IncidentTemplate, TemplateComponent, TemplateStep
from ..models.template import BLANKS
from .bounded import BoundedInline

FIXED_TIME = (
    "The words for {step} name the time “{said}”, which will be another when they are used. Write "
    "{{{{next_update_by}}}} instead."
)
_WORDS = {"title", "severity"}  # what the public reads or what follows from it; the name is ours alone


class StepForm(forms.ModelForm):
    def clean_body(self):
        body = self.cleaned_data["body"]
        if unknown := templates.unknown_blanks(body):
            known = ", ".join("{{" + name + "}}" for name in BLANKS)
            raise ValidationError(f"There is no blank {{{{{unknown[0]}}}}}. Possible are {known}.", code="blank")
        return body


class StepInline(BoundedInline):
    model = TemplateStep
    form = StepForm
    verbose_name = "step"

    def get_extra(self, request, obj=None, **kwargs):
        return 0 if obj else len(OFFERED)


_LINKS = ("can_add_related", "can_change_related", "can_view_related", "can_delete_related")


class ChoosingAdmin(BaseModelAdmin):
    """Components and types are chosen here; they are added and changed in their own list."""

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:
            for may in _LINKS:
                setattr(field.widget, may, False)  # of what Django wraps around the field of a relation
        return field


class AffectedInline(ChoosingAdmin, BoundedInline):  # a table's fields have no labels of their own
    model = TemplateComponent
    fields = [("component", "status")]
    extra = 1
    autocomplete_fields = ["component"]
    verbose_name = "affected component"


class Approval(admin.SimpleListFilter):
    title = "approval"
    parameter_name = "approval"

    def lookups(self, request, model_admin):
        return [("yes", "Approved"), ("no", "Waiting for approval")]

    def queryset(self, request, queryset):
        if self.value() in ("yes", "no"):
            return queryset.filter(approved_at__isnull=self.value() == "no")
        return queryset


@admin.register(IncidentTemplate)
class IncidentTemplateAdmin(ChoosingAdmin, admin.ModelAdmin):
    list_display = ["name", "title", "severity", "is_approved", "approved_by", "position"]
    list_filter = [Approval, "severity"]
    search_fields = ["name", "title", "steps__body"]
    readonly_fields = ["approval"]
    fields = ["name", "title", "severity", "type", "position", "approval"]
    inlines = [StepInline, AffectedInline]
    actions = ["approve"]
    gives_back = Words(
        "Nothing was saved.",
        "We do not know whether this was saved.",
        "Look into the list of templates before you press “Try again”: it may be there.",
        {"name": "Name", "title": "Title", "body": "Text"},
    )

    def has_approve_permission(self, request):
        return request.user.has_perm("incidents.approve")

    @admin.display(boolean=True, description="approved", ordering="approved_at")
    def is_approved(self, template):
        return template.approved_at is not None

    @admin.display(description="Approval")
    def approval(self, template):
        if template.approved_at is None:
            return "Not approved, so not offered to the lead. Choose “Approve” in the list of templates."
        return f"Approved by {template.approved_by} on {template.approved_at:%d %b %Y}. A change of words withdraws it."

    @admin.action(description="Approve the words of the selected templates", permissions=["approve"])
    def approve(self, request, queryset):
        for template in queryset:
            try:
                templates.approve(template=template, by=request.user, at=timezone.now())
            except ValidationError as error:
                messages.error(request, f"{template}: {error.message}")
            else:
                messages.success(request, f"“{template}” is approved; you answer for its words.")

    def get_formset_kwargs(self, request, obj, inline, prefix):
        kwargs = super().get_formset_kwargs(request, obj, inline, prefix)
        if isinstance(inline, StepInline) and obj.pk is None:
            kwargs["initial"] = [{"status": status} for status in OFFERED]
        return kwargs

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        withdrawn = templates.note_saved(
            template=form.instance,
            is_new=not change,
            words_changed=bool(_WORDS.intersection(form.changed_data)) or any(fs.has_changed() for fs in formsets),
            by=request.user,
            at=timezone.now(),
        )
        for step in form.instance.steps.all():
            for said in templates.fixed_times(step.body):
                messages.warning(request, FIXED_TIME.format(step=step.get_status_display(), said=said))
        if withdrawn:
            messages.warning(request, "Its words changed, so it has to be approved again before the lead can use it.")

    def delete_model(self, request, obj):
        catalogue.delete_entry(entry=obj, by=request.user, at=timezone.now())

    def delete_queryset(self, request, queryset):
        for template in queryset:
            self.delete_model(request, template)
