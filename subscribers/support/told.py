"""The words of one delivery as its recipient has them: the SMS for an SMS, the mail for a mail."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from incidents.access import StaffRequest, private, screen, staff_who_may
from incidents.models import Announcement
from statuspage.lib.methods import read_only

from ..channels import registry
from ..channels.composing import compose
from ..channels.message import OutgoingMessage
from ..enums import Channel, DeliveryState
from ..models import Delivery
from ..permissions import LINK
from . import looking, outcomes

_ABOUT = ("subscriber", *(f"announcement__{name}" for name in ("incident", *outcomes.MARKED_BY)))


@read_only
@private
@staff_who_may(LINK)
def told(request: StaffRequest, pk: int, delivery: int) -> HttpResponse:
    """The words of one delivery. 404 for what never went out, and for who may not look at its reader."""
    subscriber = looking.look(request, pk, at=timezone.now())
    rows = Delivery.objects.select_related(*_ABOUT).filter(subscriber=subscriber, announcement__isnull=False)
    row = get_object_or_404(rows, pk=delivery)
    announcement = row.announcement
    if announcement is None or row.state == DeliveryState.SKIPPED:
        raise Http404
    message = _message(row, announcement)
    context = {
        "delivery": row,
        "message": message,
        "segments": registry.of(row.channel).segments(message.text),
        "mark": outcomes.mark_of(announcement),
    }
    if request.htmx:
        return render(request, "support/_told.html", context)
    return render(request, "support/told.html", screen(request, "What it says", person=subscriber, **context))


def _message(row: Delivery, announcement: Announcement) -> OutgoingMessage:
    """Composed by what composes it for sending, out of the announcement, whose words are frozen: what is shown follows
    a change of the program, as a delivery that is tried again does. Without the links that act for their owner."""
    return compose(announcement, Channel(row.channel)).to(row).without_token()
