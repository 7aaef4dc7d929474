"""The screen on which what is so of an incident is put right: what would change is said before it is saved."""

from http import HTTPStatus

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from statuspage.lib.given_back import gives_back

from ..access import PUBLISH, StaffRequest, find_incident, screen, staff_who_may
from ..actions.facts import Edited, carried, change, facts_of, proposed
from ..actions.facts_check import problems
from ..models import Incident
from .facts_form import MOMENTS, FactsForm
from .facts_preview import Changes, changes_of


@staff_who_may(PUBLISH)
@require_http_methods(["GET", "HEAD", "POST"])
@gives_back(
    "Nothing was changed.",
    "We do not know whether this was changed.",
    "Press “Try again” once it answers: a second time changes nothing.",
    title="Title",
    **MOMENTS,
)
def facts(request: StaffRequest, public_id: str) -> HttpResponse:
    """Show what is so; a POST with `preview` says what would change, any other changes it."""
    incident = find_incident(public_id)
    if incident.is_maintenance or incident.merged_into_id:
        raise Http404
    data = request.POST if request.method == "POST" else None
    form = FactsForm(data, facts=facts_of(incident), proposed=proposed(incident), at=timezone.now())
    if request.method != "POST":
        return _show(request, incident, form)
    status = HTTPStatus.OK
    if not form.is_valid():
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    elif "preview" not in request.POST:
        answer = _save(request, incident, form)
        if isinstance(answer, HttpResponse):
            return answer
        status = answer
    return _show(request, incident, form, status)


def _save(request: StaffRequest, incident: Incident, form: FactsForm) -> HttpResponse | HTTPStatus:
    seen = form.cleaned_data["seen"]
    try:
        names = change(incident=incident, facts=form.meant, seen=seen, by=request.user, at=form.at)
    except ValidationError as error:
        form.refuse(error)
        return HTTPStatus.UNPROCESSABLE_ENTITY
    except Edited as edited:
        form.is_lost(edited.now)
        return HTTPStatus.CONFLICT
    messages.success(request, "Changed. Nobody was written to." if names else "Nothing was changed.")
    return redirect("console:incident", incident.public_id)


def _changes(incident: Incident, form: FactsForm) -> Changes | None:
    """Return what saving the form would change; None where it cannot be saved as it is."""
    if not form.is_bound or not form.is_valid():
        return None
    meant = carried(form.facts, form.meant)
    if wrong := problems(incident, form.facts, meant, at=form.at):
        form.refuse(ValidationError(wrong))
        return None
    return changes_of(incident, form.facts, meant, at=form.at)


def _show(
    request: StaffRequest, incident: Incident, form: FactsForm, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    changes = _changes(incident, form)
    context = {"incident": incident, "form": form, "changes": changes, "at": form.at}
    if request.htmx:
        return render(request, "console/_facts_changes.html", context)
    context = screen(request, f"What is so: {incident.title}", **context)
    return render(request, "console/facts.html", context, status=status)
