"""The audit in the admin: who did what, when."""

from django.contrib import admin

from statuspage.lib.read_only_admin import ReadOnlyAdmin, moment

from ..models import AuditEvent


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ["when", "by_name", "action", "subject"]
    when = moment("at")
    list_filter = ["action"]
    date_hierarchy = "at"
    search_fields = ["subject", "subject_id", "by_name"]
    fields = ["at", "by_name", "action", "subject", "subject_id", "detail"]
