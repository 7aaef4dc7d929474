"""Merging an incident into another: which, what will happen, the words, and the button."""

from http import HTTPStatus
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from ..access import PUBLISH, StaffRequest, find_incident, screen, staff_who_may
from ..actions import merging
from ..models import Incident
from .assist import apply_assist
from .merge_form import MergeForm
from .preview import preview_of
from .submit import gives_words_back, publish


@staff_who_may(PUBLISH)
@require_http_methods(["GET", "HEAD", "POST"])
@gives_words_back
def merge(request: StaffRequest, public_id: str) -> HttpResponse:
    """Choose an open incident, write what is said there, publish. `?into=` is its public id."""
    incident, at = find_incident(public_id), timezone.now()
    into = Incident.all_kinds.filter(public_id=request.GET.get("into", "")[:64].replace("\0", "")).first()
    if into is None or (request.method != "POST" and into not in merging.candidates(incident)):
        return _choose(request, incident)
    latest = into.updates.last_written()
    about: dict[str, Any] = {"incident": into, "merges": incident, "latest": latest, "at": at}
    if request.method != "POST":
        return _show(request, MergeForm(initial=MergeForm.first_values(**about), **about))
    if "assist" in request.POST:
        values = apply_assist(request.POST.dict(), template=None, at=at)
        return _show(request, MergeForm(initial=values, **about))
    form = MergeForm(request.POST, **about)
    answer = publish(request, form, merging.merge, incident=incident, into=into)
    return answer if isinstance(answer, HttpResponse) else _show(request, form, answer)


def _choose(request: StaffRequest, incident: Incident) -> HttpResponse:
    if not merging.can_be_merged(incident):
        return redirect("console:incident", incident.public_id)
    context = screen(
        request,
        "Merge into another incident",
        incident=incident,
        at=timezone.now(),
        candidates=merging.candidates(incident).prefetch_related("affected__component"),
    )
    return render(request, "console/merge_choose.html", context)


def _show(request: StaffRequest, form: MergeForm, status: int = HTTPStatus.OK) -> HttpResponse:
    context = screen(
        request,
        f"Merge into “{form.incident}”",
        incident=form.incident,
        merges=form.merges,
        form=form,
        moved=form.merges.updates.count(),
        act="merge",
        draft_key=f"merge:{form.merges.public_id}:{form.incident.public_id}",
        **preview_of(form),
    )
    return render(request, "console/merge.html", context, status=status)
