"""Who did what, when."""

from django.contrib import admin

from statuspage.lib.look_only import LookOnlyAdmin

from ..models import AuditEvent


@admin.register(AuditEvent)
class AuditEventAdmin(LookOnlyAdmin):
    list_display = ["at", "by_name", "action", "subject", "subject_id"]
    list_filter = ["action", "by_name"]
    date_hierarchy = "at"
    search_fields = ["subject", "subject_id", "by_name"]
    fields = ["at", "by_name", "action", "subject", "subject_id", "detail"]
