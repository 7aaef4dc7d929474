"""The screen on which what is so of an incident is put right: what would change is said before it is saved."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from statuspage.lib.given_back import gives_back

from ..access import PUBLISH, StaffRequest, find_incident, screen, staff_who_may
from ..actions.errors import Conflict, KeyReused
from ..actions.facts import Edited, carried, change, facts_of, proposed
from ..actions.facts_check import problems
from ..actions.facts_told import change_and_tell, what_it_corrects
from ..models import Incident
from .facts_form import MOMENTS, FactsForm
from .facts_preview import Changes, changes_of
from .facts_told import told_of

TOLD = "Changed and published. The page shows it now, and below you see how many have been sent it."


@staff_who_may(PUBLISH)
@require_http_methods(["GET", "HEAD", "POST"])
@gives_back(
    "Nothing was changed.",
    "We do not know whether this was changed.",
    "Press “Try again” once it answers: a second time changes nothing and sends nothing.",
    title="Title",
    body="Text",
    **MOMENTS,
)
def facts(request: StaffRequest, public_id: str) -> HttpResponse:
    """Show what is so; a POST with `preview` says what would change, any other changes it."""
    incident = find_incident(public_id)
    if incident.is_maintenance or incident.merged_into_id:
        raise Http404
    data = request.POST if request.method == "POST" else None
    form = FactsForm(
        data,
        facts=facts_of(incident),
        proposed=proposed(incident),
        at=timezone.now(),
        corrects=what_it_corrects(incident),
        latest=incident.updates.last_written(),
    )
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
    try:
        done = _act(request, incident, form)
    except ValidationError as error:
        form.refuse(error)
        return HTTPStatus.UNPROCESSABLE_ENTITY
    except Edited as edited:
        form.is_lost(edited.now)
    except Conflict as conflict:
        form.is_behind(conflict.latest)
    except KeyReused:
        form.was_sent()
    else:
        messages.success(request, done)
        return redirect("console:incident", incident.public_id)
    return HTTPStatus.CONFLICT


def _act(request: StaffRequest, incident: Incident, form: FactsForm) -> str:
    """Change it, and tell it where there are words for that. Returns what was done, in a sentence."""
    values: dict[str, Any] = {"incident": incident, "facts": form.meant, "seen": form.cleaned_data["seen"]}
    values |= {"by": request.user, "at": form.at}
    if form.words:
        words = {"body": form.words, "seen_update": form.cleaned_data["seen_update"]}
        change_and_tell(**values, **words, request_key=form.cleaned_data["request_key"] or None)
        return TOLD
    return "Changed. Nobody was written to." if change(**values) else "Nothing was changed."


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
    told = told_of(incident, form) if changes and form.words else None
    context = {"incident": incident, "form": form, "changes": changes, "told": told, "at": form.at}
    if request.htmx:
        return render(request, "console/_facts_changes.html", context)
    context = screen(request, f"What is so: {incident.title}", **context)
    return render(request, "console/facts.html", context, status=status)
