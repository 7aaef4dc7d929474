"""Splitting components off an incident: which, the new incident's title, severity and words, and the button."""

from http import HTTPStatus

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from ..access import PUBLISH, StaffRequest, find_incident, screen, staff_who_may
from ..actions import splitting
from ..models import Incident
from .assist import apply_assist
from .preview import preview_of
from .split_form import SplitForm
from .submit import gives_words_back, publish


@staff_who_may(PUBLISH)
@require_http_methods(["GET", "HEAD", "POST"])
@gives_words_back
def split_off(request: StaffRequest, public_id: str) -> HttpResponse:
    """Tick what has a trouble of its own, write the first words on it, publish."""
    incident, at = find_incident(public_id), timezone.now()
    if request.method != "POST":
        if not splitting.can_be_split(incident):
            return redirect("console:incident", public_id)
        return _show(request, incident, SplitForm(initial=SplitForm.first_values(incident), source=incident, at=at))
    if "assist" in request.POST:
        values = apply_assist(request.POST.dict(), template=None, at=at)
        return _show(request, incident, SplitForm(initial=values, source=incident, at=at))
    form = SplitForm(request.POST, source=incident, at=at)
    answer = publish(request, form, splitting.split_off, incident=incident)
    return answer if isinstance(answer, HttpResponse) else _show(request, incident, form, answer)


def _show(request: StaffRequest, incident: Incident, form: SplitForm, status: int = HTTPStatus.OK) -> HttpResponse:
    context = screen(
        request,
        f"Split off from “{incident}”",
        source=incident,
        form=form,
        draft_key=f"split-off:{incident.public_id}",
        **preview_of(form),
    )
    return render(request, "console/split_off.html", context, status=status)
