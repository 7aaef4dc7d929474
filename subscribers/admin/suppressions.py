"""The suppressions in the admin, those that count and those that a person has to decide."""

from django.contrib import admin, messages
from django.utils import timezone

from statuspage.lib.read_only_admin import ReadOnlyAdmin, moment

from ..delivery import suppression_review, suppressions
from ..models import HeldSuppression, Suppression
from .why import SaysWhy


class _LiftedByPersons(SaysWhy):
    def has_lift_permission(self, request):
        return request.user.has_perm("subscribers.lift_suppressions")


class Reason(admin.SimpleListFilter):
    """The groups of `manage.py suppressions review`, the largest of them."""

    title = "reason"
    parameter_name = "group"
    most = 15

    def lookups(self, request, model_admin):
        self.groups = {group.id: group for group in suppression_review.groups()}
        shown = [group for number, group in enumerate(self.groups.values()) if number < self.most or self._is(group)]
        return [(group.id, f"{self._named(group)} ({group.number:,})") for group in shown]

    def _is(self, group):
        return self.used_parameters.get(self.parameter_name) in (group.id, [group.id])

    def _named(self, group):
        words = group.words if len(group.words) <= 60 else f"{group.words[:60]}..."
        return f"{group.channel.label}: {words}, today: {group.today}"

    def queryset(self, request, queryset):
        if (value := self.value()) is None:
            return queryset
        group = self.groups.get(value)
        return queryset.filter(pk__in=suppression_review.rows(group).values("pk")) if group else queryset.none()


@admin.register(Suppression)
class SuppressionAdmin(_LiftedByPersons, ReadOnlyAdmin):
    list_display = ("address", "channel", "why", "source", "today", "since")
    since = moment("created_at", "since")
    list_filter = ["channel", "cause", "source", Reason]
    date_hierarchy = "created_at"
    search_fields = ["address", "reason"]
    search_help_text = "Address or reason"
    fields = ("address", "channel", "cause", "reason", "source", "today", "since")
    actions = ["lift"]

    @admin.display(description="by today's rule")
    def today(self, suppression):
        return suppression_review.today(suppression)

    @admin.action(description="Lift: write to the selected addresses again", permissions=["lift"])
    def lift(self, request, queryset):
        at = timezone.now()
        lifted = [suppressions.lift(suppression=found, by=request.user, at=at) for found in queryset]
        messages.success(request, f"{sum(lifted):,} lifted. Who unsubscribed, or answered STOP, stays unsubscribed.")


@admin.register(HeldSuppression)
class HeldSuppressionAdmin(_LiftedByPersons, ReadOnlyAdmin):
    """Reported when too many were. Until a person decides they are written to."""

    list_display = ("address", "channel", "why", "source", "since")
    since = moment("held_at", "since")
    list_filter = ["channel", "cause", "source"]
    date_hierarchy = "held_at"
    search_fields = ["address", "reason"]
    search_help_text = "Address or reason"
    fields = ("address", "channel", "cause", "reason", "source", "since")
    actions = ["accept", "dismiss"]

    @admin.action(description="Believe it: suppress the selected addresses", permissions=["lift"])
    def accept(self, request, queryset):
        at = timezone.now()
        done = [suppressions.accept(held=found, by=request.user, at=at) for found in queryset]
        messages.success(request, f"{sum(done):,} suppressed.")

    @admin.action(description="Do not believe it: forget the selected reports", permissions=["lift"])
    def dismiss(self, request, queryset):
        at = timezone.now()
        done = [suppressions.dismiss(held=found, by=request.user, at=at) for found in queryset]
        messages.success(request, f"{sum(done):,} forgotten.")
