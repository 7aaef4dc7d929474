"""The subscribers in the admin: what each chose, and the links that staff may end."""

from django.contrib import admin, messages
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from statuspage.lib.read_only_admin import LookOnlyInline, ReadOnlyAdmin, moment

from .. import permissions
from ..models import Subscriber, Subscription
from ..people import subscribing


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
class SubscriberAdmin(ReadOnlyAdmin):
    columns = ("address", "channel", "everything", "every_update", "confirmed", "unsubscribed")
    list_display = columns
    confirmed, unsubscribed = moment("confirmed_at"), moment("unsubscribed_at")
    links_ended = moment("links_ended_at")
    list_filter = ["channel", Consent, "everything"]
    date_hierarchy = "created_at"
    search_fields = ["address"]
    search_help_text = "Address"
    fields = [*columns, "consent_given_by", "created_at", "links_ended", "deliveries"]
    inlines = [SubscriptionInline]
    actions = ["end_links"]

    def has_end_links_permission(self, request):
        return request.user.has_perm("subscribers.end_links")

    @admin.action(
        description="End their links: whatever was sent to the selected opens nothing", permissions=["end_links"]
    )
    def end_links(self, request, queryset):
        at = timezone.now()
        for subscriber in queryset:
            subscribing.end_links(subscriber=subscriber, by=request.user, at=at)
        messages.success(
            request,
            f"The links of {len(queryset):,} were ended. The next message brings each a new one; the unsubscribe "
            "button of a mail program goes on working.",
        )

    def get_fields(self, request, obj=None):
        may_erase = request.user.has_perm(permissions.ERASE)
        return [*self.fields, "personal_data"] if may_erase else self.fields

    @admin.display(description="Personal data")
    def personal_data(self, subscriber):
        if subscriber.pk is None:
            return ""
        return format_html('<a href="{}">Export or erase</a>', reverse("support:erase-person", args=[subscriber.pk]))

    @admin.display(description="Consent")
    def consent_given_by(self, subscriber):
        return subscriber.consent_given_by or "None"

    @admin.display(description="What it was sent")
    def deliveries(self, subscriber):
        if subscriber.pk is None:
            return ""
        url = reverse("admin:subscribers_delivery_changelist", query={"subscriber__id__exact": subscriber.pk})
        return format_html('<a href="{}">Deliveries to this address</a>', url)
