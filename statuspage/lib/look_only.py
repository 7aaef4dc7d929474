"""For the admin: rows that are kept by actions and only looked at here."""

from django.contrib import admin
from django.utils import timezone


def moment(name: str, description: str = ""):
    """A column for the time `name` that stays on one line, in the zone that the admin speaks."""

    @admin.display(description=description or name.removesuffix("_at").replace("_", " "), ordering=name)
    def column(modeladmin, row):
        at = getattr(row, name)
        return f"{timezone.localtime(at):%d %b %Y, %H:%M %Z}" if at else "-"

    return column


class _LookOnly:
    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class LookOnlyAdmin(_LookOnly, admin.ModelAdmin):
    """Lists and shows; changes nothing, whatever permissions somebody has."""

    list_per_page = 50
    show_full_result_count = False  # a second count over a million rows tells nobody anything


class LookOnlyInline(_LookOnly, admin.TabularInline):
    """Rows of the object shown, without a way to change them."""

    extra = 0
    max_num = 0
    can_delete = False
    show_change_link = False
