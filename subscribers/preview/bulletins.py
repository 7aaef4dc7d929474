"""The fragments beside the form of a bulletin and after publishing: who would get it, what they read, how far it is."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from incidents.access import PUBLISH, StaffRequest, private, screen, staff_who_may
from incidents.actions.bulletins import told_as
from incidents.models import Bulletin
from statuspage.lib.methods import read_only

from ..board import board
from ..board.progress import of_bulletin
from ..delivery.audience import by_channel, everyone
from . import draft
from .views import heard, pause_until


@require_http_methods(["GET", "HEAD", "POST"])
@private
@staff_who_may(PUBLISH)
def audience_preview(request: StaffRequest) -> HttpResponse:
    """The form's fields -> how many would be sent it, and what they would read on each channel."""
    fields = draft.fields_of(request.POST if request.method == "POST" else request.GET) | {"is_bulletin": "1"}
    said = draft.bulletin(fields, at=timezone.now())
    context = heard(said, fields, by_channel(everyone())) | {"is_told": bool(fields.get("tell"))}
    if request.htmx:
        return render(request, "console/_bulletin_audience.html", context | {"is_live": True})
    return render(request, "console/bulletin_audience.html", screen(request, "Who would get this", **context))


@read_only
@private
@staff_who_may(PUBLISH)
def progress(request: StaffRequest, public_id: str) -> HttpResponse:
    """How far what everyone is sent of a bulletin has got; asks again by itself while something waits."""
    bulletin, at = get_object_or_404(Bulletin, public_id=public_id), timezone.now()
    if not bulletin.is_told:
        raise Http404
    message = told_as(bulletin)
    one = of_bulletin(message, at=at) if message else None
    context: dict[str, object] = {"bulletin": bulletin, "one": one, "is_ahead": not bulletin.has_begun(at)}
    if one and not one.is_settled and not context["is_ahead"]:
        context["pause"] = pause_until([one], at)
        context["blockers"] = board.blockers(part.channel for part in one.channels if part.waiting)
    if request.htmx:
        return render(request, "deliveries/_bulletin.html", context)
    return render(request, "deliveries/bulletin.html", screen(request, "Delivery", **context))
