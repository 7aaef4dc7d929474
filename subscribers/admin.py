"""Who hears, and what became of it. All of it is kept by actions and only looked up here."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html

from statuspage.lib.look_only import LookOnlyAdmin, LookOnlyInline, moment

from .models import Delivery, Subscriber, Subscription, Suppression


class Consent(admin.SimpleListFilter):
    title = "consent"
    parameter_name = "consent"

    def lookups(self, request, model_admin):
        return [("active", "Confirmed"), ("asked", "Not confirmed"), ("ended", "Unsubscribed")]

    def queryset(self, request, queryset):
        if self.value() == "active":
            return queryset.active()
        if self.value() == "asked":
            return queryset.filter(confirmed_at=None, unsubscribed_at=None)
        if self.value() == "ended":
            return queryset.exclude(unsubscribed_at=None)
        return queryset


class SubscriptionInline(LookOnlyInline):
    model = Subscription
    fields = ["component"]
    verbose_name_plural = "components that it wants to hear of"


@admin.register(Subscriber)
class SubscriberAdmin(LookOnlyAdmin):
    list_display = ["address", "channel", "everything", "every_update", "confirmed", "unsubscribed"]
    confirmed, unsubscribed = moment("confirmed_at"), moment("unsubscribed_at")
    list_filter = ["channel", Consent, "everything"]
    date_hierarchy = "created_at"
    search_fields = ["address"]
    search_help_text = "Address"
    fields = [*list_display, "created_at", "deliveries"]
    inlines = [SubscriptionInline]

    @admin.display(description="What it was sent")
    def deliveries(self, subscriber):
        if subscriber.pk is None:
            return ""
        url = reverse("admin:subscribers_delivery_changelist", query={"subscriber__id__exact": subscriber.pk})
        return format_html('<a href="{}">Deliveries to this address</a>', url)


@admin.register(Suppression)
class SuppressionAdmin(LookOnlyAdmin):
    list_display = ["address", "channel", "reason", "since"]
    since = moment("created_at", "since")
    list_filter = ["channel"]
    date_hierarchy = "created_at"
    search_fields = ["address", "reason"]
    search_help_text = "Address or reason"
    fields = list_display


@admin.register(Delivery)
class DeliveryAdmin(LookOnlyAdmin):
    list_display = ["subscriber", "what", "channel", "state", "reason", "sent"]
    sent = moment("sent_at")
    list_filter = ["state", "channel", "possibly_doubled"]
    list_select_related = ["subscriber", "announcement", "confirmation__subscriber"]
    search_fields = ["subscriber__address"]
    search_help_text = "Address"
    ordering = ["-pk"]
    fields = [
        "subscriber",
        "what",
        "channel",
        "state",
        "reason",
        "priority",
        "attempts",
        "possibly_doubled",
        "visible_at",
        "provider_id",
        "created_at",
        "sent_at",
    ]

    def lookup_allowed(self, lookup, value, request):
        return lookup == "subscriber__id__exact" or super().lookup_allowed(lookup, value, request)

    @admin.display(description="notice", ordering="announcement")
    def what(self, delivery):
        return str(delivery.announcement) if delivery.announcement else "Please confirm your subscription"
