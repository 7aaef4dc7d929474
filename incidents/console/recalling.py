"""Taking an announcement back: what it will do, why, and then straight on to the correction."""

from http import HTTPStatus

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from statuspage.lib.given_back import gives_back

from ..access import PUBLISH, StaffRequest, screen, staff_who_may
from ..actions import recalling
from ..actions.following import statuses_after
from ..enums import Act
from ..models import Announcement
from .correcting import correction_url


class RecallForm(forms.Form):
    reason = forms.CharField(required=False, label="Why", help_text="In a few words, for us. Customers do not see it.")


@staff_who_may(PUBLISH)
@require_http_methods(["GET", "HEAD", "POST"])
@gives_back(
    "Nothing was recalled.",
    "We do not know whether this was recalled.",
    "Press “Try again” once it answers: a second time changes nothing.",
    reason="Why",
)
def recall(request: StaffRequest, public_id: str, announcement: str) -> HttpResponse:
    """Ask, then recall, then offer the correction."""
    found = get_object_or_404(
        Announcement.objects.select_related("update__incident"),
        update__incident__public_id=public_id,
        public_id=announcement,
    )
    if found.is_recalled:
        messages.info(request, "It was recalled already. Nothing more of it goes out.")
        return redirect(correction_url(found))
    form = RecallForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return _ask(request, found, form)
    try:
        recalling.recall(announcement=found, reason=request.POST.get("reason", ""), by=request.user, at=timezone.now())
    except ValidationError as error:
        form.is_valid()
        form.add_error(None, error)  # by field, as the action names them
        return _ask(request, found, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    messages.success(request, _done(found))
    return redirect(correction_url(found))


def _done(announcement: Announcement) -> str:
    """Return the sentences on what holds now. Taking words back moves no state: after a wrong "Resolved" the page would
    go on looking calm."""
    done = "Recalled. Nothing more of it goes out, and the page marks it as withdrawn."
    incident = announcement.update.incident
    now = f"“{incident.status_label}”, and its components with it"
    if announcement.is_late:
        return f"{done} Say what is right."
    if incident.is_open:
        return f"{done} The page still says {now}: say what is right."
    if statuses_after(incident, act=Act.REOPEN, at=timezone.now()):
        return f"{done} The page still says {now}. If it is not over, open it again here."
    return f"{done} The page still says {now}. If it is not over, open it again here as a new incident."


def _ask(request: HttpRequest, announcement: Announcement, form: RecallForm, status: int = HTTPStatus.OK):
    context = screen(
        request, "Recall this message?", incident=announcement.update.incident, announcement=announcement, form=form
    )
    return render(request, "console/recall.html", context, status=status)
