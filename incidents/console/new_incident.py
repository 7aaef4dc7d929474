"""Opening an incident from approved words, and planning a maintenance."""

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from ..access import PUBLISH, StaffRequest, screen, staff_who_may
from ..actions import publishing, scheduling
from ..actions.corrections import recalled
from ..actions.steps import statuses_to_open
from ..enums import IncidentStatus
from ..models import IncidentTemplate
from .assist import apply_assist
from .forms import NewIncidentForm, from_recalled, from_template
from .maintenance_form import MaintenanceForm
from .preview import preview_of
from .submit import gives_words_back, publish

WITHOUT_TEMPLATE = "none"


@staff_who_may(PUBLISH)
@require_http_methods(["GET", "HEAD", "POST"])
@gives_words_back
def new_incident(request: StaffRequest) -> HttpResponse:
    """Choose approved words, fill them in, publish. `?template=` is a template's number, or none."""
    asked = request.GET.get("template", "")
    template = _approved(asked)
    if request.method == "POST":
        return _post_incident(request, template)
    if template is None and asked != WITHOUT_TEMPLATE:
        if asked:
            messages.warning(request, "That template is not approved (any more). Choose another.")
            return redirect("console:new-incident")
        return _choose(request)
    initial = from_template(template)
    if wrong := recalled(request.GET.get("corrects", "")):
        initial |= from_recalled(wrong)
    return _show_incident(
        request, NewIncidentForm(initial=initial, template=template, by=request.user, at=timezone.now())
    )


def _post_incident(request: StaffRequest, template: IncidentTemplate | None) -> HttpResponse:
    at = timezone.now()
    if "assist" in request.POST:
        values = apply_assist(request.POST.dict(), template=template, at=at)
        if values.get("status") not in dict(statuses_to_open()):  # carried over from an incident that was closed
            values["status"] = IncidentStatus.INVESTIGATING
        return _show_incident(request, NewIncidentForm(initial=values, template=template, by=request.user, at=at))
    form = NewIncidentForm(request.POST, template=template, by=request.user, at=at)
    answer = publish(request, form, publishing.open_incident)
    return answer if isinstance(answer, HttpResponse) else _show_incident(request, form, answer)


def _approved(asked: str) -> IncidentTemplate | None:
    return IncidentTemplate.objects.approved().filter(pk=asked).first() if asked.isdecimal() else None


def _choose(request: StaffRequest) -> HttpResponse:
    approved = IncidentTemplate.objects.approved().prefetch_related("affected__component", "steps")
    return render(request, "console/choose.html", screen(request, "Open an incident", templates=approved))


def _show_incident(request: StaffRequest, form: NewIncidentForm, status: int = HTTPStatus.OK) -> HttpResponse:
    draft = form.template.pk if form.template else WITHOUT_TEMPLATE
    context = screen(
        request,
        "Open an incident",
        form=form,
        draft_key=f"correction:{form.correcting.public_id}" if form.correcting else f"new-incident:{draft}",
        **preview_of(form),
    )
    return render(request, "console/new_incident.html", context, status=status)


@staff_who_may(PUBLISH)
@require_http_methods(["GET", "HEAD", "POST"])
@gives_words_back
def new_maintenance(request: StaffRequest) -> HttpResponse:
    """Plan a maintenance and announce it."""
    form = MaintenanceForm(request.POST if request.method == "POST" else None, at=timezone.now())
    status = HTTPStatus.OK
    if form.is_bound:
        answer = publish(request, form, scheduling.schedule_maintenance)
        if isinstance(answer, HttpResponse):
            return answer
        status = answer
    context = screen(request, "Schedule a maintenance", form=form, draft_key="new-maintenance", **preview_of(form))
    return render(request, "console/new_maintenance.html", context, status=status)
