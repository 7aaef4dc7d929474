"""What publishing would show and say, before it does: the incident's block of the public page, from what is typed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace
from typing import TypedDict

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from statuspage.lib import local_time, markdown
from statuspage.lib.text import validate_text

from ..actions.catalogue import after_closing
from ..enums import CLOSED, STATUS_LABELS, ComponentStatus, Impact, MaintenanceStatus, Severity
from ..models import Component, Incident, Site
from ..models.fields import BODY_LENGTH
from ..page.incident_header import Affected
from ..page.incident_views import Change, IncidentView, Update, brand, build_views, public_codes
from ..status import state_of_incident
from .access import PUBLISH, StaffRequest, page_with_fragment, screen, staff_who_may
from .forms import MaintenanceForm, NewIncidentForm, UpdateForm
from .publish_form import PublishForm

NOTHING_YET = "*Nothing is written yet.*"


@staff_who_may(PUBLISH)
@require_http_methods(["GET", "HEAD", "POST"])
def page_preview(request: StaffRequest) -> HttpResponse:
    """The preview of a form that is being filled in: a fragment for htmx, else a page of its own."""
    if request.method != "POST":
        return redirect("console:board")
    form = _form(request.POST, timezone.now())
    context = preview_of(form) | {"form": form}
    if request.htmx:
        action = reverse("console:update", args=[form.incident.public_id]) if form.incident else ""
        live = {"is_live": True, "action": action or page_with_fragment(request)}
        return render(request, "console/_preview.html", context | live)
    return render(request, "console/preview.html", screen(request, "Preview", **context))


def _form(data: Mapping[str, str], at: datetime) -> PublishForm:
    """The form that was sent, told by what it is about; shown, not judged."""
    values = dict(data.items())
    if public_id := values.get("incident"):
        incident = get_object_or_404(Incident.all_kinds.select_related("template"), public_id=public_id)
        return UpdateForm(initial=values, incident=incident, latest=None, at=at)
    kind = MaintenanceForm if "scheduled_for" in values else NewIncidentForm
    return kind(initial=values, at=at)


def preview_of(form: PublishForm) -> dict:
    """The context of console/_preview.html: the block as a document of its own, what changes, and what to count."""
    incident = form.incident
    with Site.speaking():  # as it will be read
        story = _story(form)
        begins, ends = story.scheduled_for, story.scheduled_until
        has_window = not story.is_maintenance or bool(begins and ends and begins < ends)
        document = {"story": story, "page": SimpleNamespace(at=form.at), "site": brand()}
        block = render_to_string("console/_page_block.html", document) if has_window else ""
    closes = incident is not None and story.status in CLOSED
    return {
        "story": story,
        "document": block,
        "afterwards": after_closing(incident) if incident and closes and incident.is_in_force else [],
        "closes": closes,
        "is_hidden": incident is not None and not incident.is_public,
        "audience_fields": _for_the_audience(form, story),
    }


class About(TypedDict):
    """What the form says of the incident, in the words of IncidentView."""

    is_open: bool
    status: str
    label: str
    affected: tuple[Affected, ...]
    ended_at: datetime | None
    next_update_at: datetime | None
    is_overdue: bool


def _story(form: PublishForm) -> IncidentView:
    """The incident as the public would read it."""
    status = form.typed("status") or (form.incident.status if form.incident else _first_status(form))
    affected = _affected(form)
    update = Update(
        public_id="preview",
        label=str(STATUS_LABELS[status]),
        html=_html(form.text_so_far()),
        at=form.at,
        changes=_changes(form, status),
        corrects_at=form.correcting.published_at if form.correcting else None,
    )
    about: About = {
        "is_open": status not in CLOSED,
        "status": status,
        "label": update.label,
        "affected": affected,
        "ended_at": form.at if status in CLOSED else None,
        "next_update_at": None if status in CLOSED else form.typed("next_update_at"),
        "is_overdue": False,
    }
    if form.incident is None:
        return _new_story(form, about, update)
    stands = Incident.all_kinds.with_timeline().get(pk=form.incident.pk)
    story = build_views([stands], codes=public_codes(), at=form.at)[0]
    state = story.state if story.is_maintenance else _state(story.impact, affected)
    return replace(story, **about, state=state, updates=(update, *story.updates))


def _first_status(form: PublishForm) -> str:
    return MaintenanceStatus.SCHEDULED if isinstance(form, MaintenanceForm) else "investigating"


def _new_story(form: PublishForm, about: About, update: Update) -> IncidentView:
    is_maintenance = isinstance(form, MaintenanceForm)
    impact = Impact.MAINTENANCE if is_maintenance else _impact(form)
    return IncidentView(
        pk=0,
        public_id="preview",
        url="#preview",
        title=form.typed("title") or "Title",
        is_maintenance=is_maintenance,
        impact=impact,
        state=ComponentStatus.UNDER_MAINTENANCE if is_maintenance else _state(impact, about["affected"]),
        started_at=form.at,
        scheduled_for=(form.typed("scheduled_for") or form.at) if is_maintenance else None,
        scheduled_until=(form.typed("scheduled_until") or form.at) if is_maintenance else None,
        overruns=False,
        updates=(update,),
        **about,
    )


def _impact(form: PublishForm) -> Impact:
    suggested = Severity(form.typed("severity") or Severity.P3).suggested_impact
    return Impact(form.typed("impact") or suggested)


def _state(impact: Impact, affected: tuple[Affected, ...]) -> ComponentStatus:
    return state_of_incident(impact, (component.status for component in affected))


def _affected(form: PublishForm) -> tuple[Affected, ...]:
    chosen = form.picker.states_chosen().items()
    return tuple(Affected(name=component.name, status=state) for component, state in chosen if component.is_public)


def _changes(form: PublishForm, status: str) -> tuple[Change, ...]:
    """As the update will say it: operational while the incident does not hold the component down."""
    holds = status not in (*CLOSED, MaintenanceStatus.SCHEDULED)
    moves = (
        (component, _before(form, component), state if holds else ComponentStatus.OPERATIONAL)
        for component, state in form.picker.states_chosen().items()
        if component.is_public
    )
    return tuple(Change(name=component.name, old=old, new=new) for component, old, new in moves if old != new)


def _before(form: PublishForm, component: Component) -> ComponentStatus:
    known = form.picker.affected if form.incident and form.incident.is_in_force else {}
    return ComponentStatus(known.get(component.pk, ComponentStatus.OPERATIONAL))


def _html(text: str) -> str:
    """Rendered as it will be saved; what could not be saved is not rendered either."""
    try:
        validate_text(text[:BODY_LENGTH])
    except ValidationError:
        return ""
    return markdown.render(text[:BODY_LENGTH] if text.strip() else NOTHING_YET)


def _for_the_audience(form: PublishForm, story: IncidentView) -> list[tuple[str, str]]:
    """The compose form's fields with their blanks filled, as the subscribers' preview reads them."""
    return [
        ("title", story.title),
        ("status", story.status),
        ("body", form.text_so_far()),
        ("severity", form.typed("severity") or (form.incident.severity if form.incident else Severity.P4)),
        ("impact", story.impact),
        ("kind", "maintenance" if story.is_maintenance else "incident"),
        ("incident", form.incident.public_id if form.incident else ""),
        ("corrects", form.correcting.public_id if form.correcting else ""),
        ("next_update_at", _local(story.next_update_at)),
        ("scheduled_for", _local(story.scheduled_for)),
        ("scheduled_until", _local(story.scheduled_until)),
        *((row.name, row.chosen) for row in form.picker.chosen),
    ]


def _local(moment: datetime | None) -> str:
    return local_time.as_typed(moment, timezone.get_current_timezone()) if moment else ""
