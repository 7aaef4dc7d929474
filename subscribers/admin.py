"""Who hears, and what became of it. All of it is kept by actions and only looked up here."""

from django.contrib import admin, messages
from django.db.models import OuterRef, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from statuspage.lib.read_only_admin import LookOnlyInline, ReadOnlyAdmin, moment

from . import permissions
from .delivery import suppression_review, suppressions
from .models import Delivery, HeldSuppression, IncomingMessage, Subscriber, Subscription, Suppression
from .people import incoming, subscribing


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


class _SaysWhy:
    """A column that has the provider's words, or else the cause in ours."""

    @admin.display(description="why", ordering="reason")
    def why(self, row):
        return row.why or "-"


class _LiftedByPersons(_SaysWhy):
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


class Done(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [("open", "Open"), ("done", "Done")]

    def queryset(self, request, queryset):
        if self.value() == "open":
            return queryset.open()
        return queryset.exclude(done_at=None) if self.value() == "done" else queryset


@admin.register(IncomingMessage)
class IncomingMessageAdmin(ReadOnlyAdmin):
    """What people wrote and no rule understood: read here, answered elsewhere, marked as done."""

    list_display = ["came", "sender", "says", "subscriber", "done"]
    list_display_links = ["came", "says"]
    came = moment("came_at")
    list_filter = [Done]
    list_select_related = ["done_by"]
    search_fields = ["address", "text"]
    search_help_text = "Sender or words"
    ordering = ["-pk"]
    fields = ["came", "channel", "sender", "says", "subscriber", "done"]
    actions = ["finish", "reopen"]

    def has_answer_permission(self, request):
        return request.user.has_perm("subscribers.answer_messages")

    def get_queryset(self, request):
        theirs = Subscriber.objects.filter(channel=OuterRef("channel"), address=OuterRef("address"))
        return super().get_queryset(request).annotate(subscriber_id=Subquery(theirs.values("pk")[:1]))

    @admin.display(ordering="address")
    def sender(self, message):
        return format_html("<bdi>{}</bdi>", message.address or "not given")

    @admin.display(description="says")
    def says(self, message):
        more = f" ({message.more:,} more within the hour were not kept)" if message.more else ""
        return format_html('<span dir="auto">{}</span>{}', message.text or "(no text)", more)

    @admin.display(ordering="done_at")
    def done(self, message):
        if not message.done_at:
            return "-"
        by = f" by {message.done_by.get_username()}" if message.done_by else ""
        return f"{timezone.localtime(message.done_at):%d %b %Y, %H:%M}{by}"

    @admin.display(description="known as")
    def subscriber(self, message):
        if not (pk := message.subscriber_id):
            return "-"
        return format_html('<a href="{}">Subscriber</a>', reverse("admin:subscribers_subscriber_change", args=[pk]))

    @admin.action(description="Done: what there was to do is done", permissions=["answer"])
    def finish(self, request, queryset):
        at = timezone.now()
        done = [incoming.finish(message=found, by=request.user, at=at) for found in queryset]
        messages.success(request, f"{sum(done):,} marked as done.")

    @admin.action(description="Open again: somebody has to look at it", permissions=["answer"])
    def reopen(self, request, queryset):
        at = timezone.now()
        done = [incoming.reopen(message=found, by=request.user, at=at) for found in queryset]
        messages.success(request, f"{sum(done):,} opened again.")


@admin.register(Delivery)
class DeliveryAdmin(_SaysWhy, ReadOnlyAdmin):
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
