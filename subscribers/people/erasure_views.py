"""The screens on which what is kept of one person is handed out or erased, for those who may."""

import json

from django.contrib import messages
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from incidents.access import StaffRequest, private, screen, staff_who_may

from ..addresses import Address
from ..enums import Channel
from ..models import Delivery, Subscriber, Suppression
from ..permissions import ERASE
from . import erasing, exporting


@require_http_methods(["GET", "HEAD", "POST"])
@private
@staff_who_may(ERASE)
def erase(request: StaffRequest, pk: int) -> HttpResponse:
    """Say what would go and what stays; a POST erases it."""
    subscriber = get_object_or_404(Subscriber, pk=pk)
    if request.method == "POST":
        never_again = "never_again" in request.POST
        erasing.erase(_address(subscriber), by=request.user, at=timezone.now(), never_again=never_again)
        messages.success(request, "Erased. What was sent is kept as numbers alone.")
        return redirect(_back(request))
    context = screen(
        request,
        "Export or erase",
        subscriber=subscriber,
        messages_kept=Delivery.objects.to([subscriber.pk]).filter(announcement__isnull=False).count(),
        is_suppressed=Suppression.objects.filter(**_address(subscriber)._asdict()).exists(),
        back=_back(request),
    )
    return render(request, "support/erase.html", context)


@require_POST
@private
@staff_who_may(ERASE)
def export(request: StaffRequest, pk: int) -> HttpResponse:
    """Everything that is kept about a person, as a JSON file to hand to them."""
    subscriber = get_object_or_404(Subscriber, pk=pk)
    found = exporting.export(_address(subscriber), by=request.user, at=timezone.now())
    text = json.dumps(found, indent=2, ensure_ascii=False, cls=DjangoJSONEncoder)
    response = HttpResponse(text, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="subscriber-{pk}.json"'
    return response


def _address(subscriber: Subscriber) -> Address:
    return Address(Channel(subscriber.channel), subscriber.address)


def _back(request: StaffRequest) -> str:
    """Return the address that whoever came here may go back to."""
    if request.user.has_perm("subscribers.view_subscriber"):
        return reverse("admin:subscribers_subscriber_changelist")
    return reverse("admin:index")
