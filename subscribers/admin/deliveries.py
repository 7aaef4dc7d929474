"""The deliveries in the admin: the rows of the ledger as they stand."""

from django.contrib import admin

from statuspage.lib.read_only_admin import ReadOnlyAdmin, moment

from ..models import Delivery
from .why import SaysWhy


@admin.register(Delivery)
class DeliveryAdmin(SaysWhy, ReadOnlyAdmin):
    list_display = ["to", "what", "channel", "state", "why", "sent"]
    sent = moment("sent_at")
    list_filter = ["state", "channel", "possibly_doubled"]
    list_select_related = ["subscriber", "contact", "announcement", "confirmation__subscriber", "message"]
    search_fields = ["subscriber__address", "contact__address"]
    search_help_text = "Address"
    ordering = ["-pk"]
    fields = [
        "to",
        "what",
        "channel",
        "state",
        "cause",
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
        return delivery.what

    @admin.display(ordering="subscriber")
    def to(self, delivery):
        return delivery.recipient
