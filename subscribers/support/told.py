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
from ..channels.message_to import MessageTo
from ..enums import Channel, DeliveryState, RecipientKind
from ..models import Delivery
from ..permissions import LINK
from . import looking, outcomes

_ABOUT = ("subscriber", "message", *(f"announcement__{name}" for name in ("incident", *outcomes.MARKED_BY)))


@read_only
@private
@staff_who_may(LINK)
def told(request: StaffRequest, pk: int, delivery: int) -> HttpResponse:
    """The words of one delivery. 404 for what never went out, and for who may not look at its reader."""
    subscriber = looking.look(request, pk, at=timezone.now())
    rows = Delivery.objects.select_related(*_ABOUT).filter(subscriber=subscriber, confirmation=None)
    row = get_object_or_404(rows, pk=delivery)
    if row.state == DeliveryState.SKIPPED:
        raise Http404
    message = _message(row)
    context = {
        "delivery": row,
        "message": message,
        "segments": registry.of(row.channel).segments(message.text),
        "mark": _mark(row),
    }
    if request.htmx:
        return render(request, "support/_told.html", context)
    return render(request, "support/told.html", screen(request, "What it says", person=subscriber, **context))


def _mark(row: Delivery) -> str:
    if row.message:
        return outcomes.mark_of_message(row.message)
    return outcomes.mark_of(row.announcement) if row.announcement else ""


def _message(row: Delivery) -> OutgoingMessage:
    """Composed by what composes it for sending, out of the announcement, whose words are frozen: what is shown follows
    a change of the program, as a delivery that is tried again does. Without the links that act for their owner."""
    return compose(_said(row), Channel(row.channel)).to(row).without_token()


def _said(row: Delivery) -> Announcement | MessageTo:
    if row.message:
        return MessageTo(row.message, RecipientKind.SUBSCRIBER)
    assert row.announcement is not None  # noqa: S101  a row is of one thing, and this of no confirmation
    return row.announcement
