"""The deliveries in the admin: the rows of the ledger as they stand."""

import re

from django.contrib import admin

from statuspage.lib.read_only_admin import ReadOnlyAdmin, moment

from ..models import Delivery
from .why import SaysWhy

_OF_ONE = "subscriber__id__exact"


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
        return lookup == _OF_ONE or super().lookup_allowed(lookup, value, request)

    def get_queryset(self, request):
        """Of one subscriber by an index: by the filter alone all rows would be read."""
        rows, subscriber = super().get_queryset(request), request.GET.get(_OF_ONE, "")
        if not re.fullmatch("[0-9]{1,18}", subscriber):
            return rows
        return rows.filter(pk__in=Delivery.objects.to([int(subscriber)]).values("pk"))

    @admin.display(description="notice", ordering="announcement")
    def what(self, delivery):
        return delivery.what

    @admin.display(ordering="subscriber")
    def to(self, delivery):
        return delivery.recipient
