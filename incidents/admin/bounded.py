"""A bound on the forms of a page of the admin. Django makes as many as a request claims, up to 2,000 of 5 ms each."""

from django.contrib import admin

MOST = 200  # what a list of the admin shows, too


class BoundedInline(admin.StackedInline):
    """More than `max_num` are refused, and not made."""

    max_num = MOST

    def get_formset(self, request, obj=None, **kwargs):
        return super().get_formset(request, obj, absolute_max=self.max_num, **kwargs)


class BoundedListAdmin(admin.ModelAdmin):
    """The same for a list whose rows are forms."""

    def get_changelist_formset(self, request, **kwargs):
        return super().get_changelist_formset(request, max_num=MOST, absolute_max=MOST, **kwargs)
