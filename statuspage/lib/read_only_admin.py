"""The admin of rows that are kept by actions and only looked at."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone

if TYPE_CHECKING:  # generic in the stubs alone
    _ModelAdmin = admin.ModelAdmin[Model]
    _TabularInline = admin.TabularInline[Model, Model]
else:
    _ModelAdmin, _TabularInline = admin.ModelAdmin, admin.TabularInline


def moment(name: str, description: str = "") -> Callable[[Any, Model], str]:
    """A column for the time `name` that stays on one line, in the zone that the admin speaks."""

    @admin.display(description=description or name.removesuffix("_at").replace("_", " "), ordering=name)
    def column(modeladmin: Any, row: Model) -> str:
        at = getattr(row, name)
        return f"{timezone.localtime(at):%d %b %Y, %H:%M %Z}" if at else "-"

    return column


class _LookOnly:
    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ReadOnlyAdmin(_LookOnly, _ModelAdmin):
    """Lists and shows; changes nothing, whatever permissions somebody has."""

    list_per_page = 50
    show_full_result_count = False  # a second count over a million rows tells nobody anything


class LookOnlyInline(_LookOnly, _TabularInline):
    """Rows of the object shown, without a way to change them."""

    extra = 0
    max_num = 0
    can_delete = False
    show_change_link = False
