"""The incoming messages in the admin, which nothing answers by itself."""

from django.contrib import admin, messages
from django.db.models import OuterRef, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from statuspage.lib.read_only_admin import ReadOnlyAdmin, moment

from ..models import IncomingMessage, Subscriber
from ..people import incoming


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
    """The messages that people wrote and no rule understood: read here, answered elsewhere, marked as done."""

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
