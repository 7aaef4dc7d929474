"""The preview of what publishing would show: the incident's block of the public page, from what is typed."""

from collections.abc import Mapping
from copy import copy
from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from statuspage.lib import local_time

from ..access import PUBLISH, StaffRequest, find_incident, page_with_fragment, screen, staff_who_may
from ..actions.catalogue import after_closing
from ..actions.composing import Composed, Draft, compose, move
from ..enums import CLOSED
from ..models import Announcement, Incident, IncidentUpdate, Site
from ..page.incident_header import Affected
from ..page.incident_views import IncidentView, Update, brand, build_view, public_codes, said
from .forms import NewIncidentForm
from .maintenance_form import MaintenanceForm
from .merge_form import MergeForm
from .publish_form import PublishForm
from .split_form import SplitForm
from .window_form import update_form

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
        live["similar_shown"] = request.POST.get("similar_shown", "")
        return render(request, "console/_preview.html", context | live)
    return render(request, "console/preview.html", screen(request, "Preview", **context))


def _form(data: Mapping[str, str], at: datetime) -> PublishForm:
    """The form that was sent, told by what it is about; shown, not judged."""
    values = dict(data.items())
    if public_id := values.get("incident"):
        incident = get_object_or_404(Incident.all_kinds.select_related("template"), public_id=public_id)
        about: dict[str, Any] = {"incident": incident, "latest": None, "at": at}
        if values.get("merges"):
            return MergeForm(initial=values, merges=find_incident(values["merges"]), **about)
        return update_form(values)(initial=values, **about)
    if values.get("splits"):
        return SplitForm(initial=values, source=find_incident(values["splits"]), at=at)
    kind = MaintenanceForm if "scheduled_for" in values else NewIncidentForm
    return kind(initial=values, at=at)


def preview_of(form: PublishForm) -> dict:
    """The context of console/_preview.html: the block as a document of its own, what changes, and what to count."""
    incident, draft = form.incident, _draft(form)
    with Site.speaking():  # as it will be read
        subject = form.subject()
        composed = compose(subject, draft)
        story = _story(composed, draft)
        begins, ends = story.scheduled_for, story.scheduled_until
        has_window = not story.is_maintenance or bool(begins and ends and begins < ends)
        moves = draft.moves(composed.update.incident)
        block = _block(story, form.at, unfolded=not moves) if has_window else ""
    closes = incident is not None and moves and story.status in CLOSED
    return {
        "story": story,
        "document": block,
        "afterwards": after_closing(incident) if incident and closes and incident.is_in_force else [],
        "closes": closes,
        "is_behind": not moves and not draft.is_late,
        "is_quiet": not draft.tells,
        "is_hidden": not composed.update.is_public,
        "audience_fields": _for_the_audience(form, draft, composed.announcement()),
    }


def late_block(update: IncidentUpdate, *, at: datetime) -> str:
    """The same block for a word after the end that is rehearsed, with its announcement."""
    announced = update.announcement
    affected = tuple(Affected(name=row["name"], status=row["status"]) for row in announced.components)
    with Site.speaking():
        updates = (_shown(update, announced.corrects), *_said(update.incident))
        return _block(build_view(update.incident, affected=affected, updates=updates, at=at), at, unfolded=True)


def _block(story: IncidentView, at: datetime, *, unfolded: bool) -> str:
    document = {"story": story, "page": SimpleNamespace(at=at), "site": brand(), "unfolded": unfolded}
    return render_to_string("console/_page_block.html", document)


def _draft(form: PublishForm) -> Draft:
    draft = form.draft_so_far()
    return draft if form.text_so_far() else replace(draft, body=NOTHING_YET)


def _story(composed: Composed, draft: Draft) -> IncidentView:
    """The incident as the public would read it."""
    incident = copy(composed.update.incident)
    move(incident, draft)
    affected = tuple(Affected(name=one.name, status=state) for one, state in composed.components.items())
    update = _shown(composed.update, composed.corrects)
    if incident.pk is None:
        unsaved = build_view(incident, affected=affected, updates=(update,), at=draft.at)
        return replace(unsaved, pk=0, public_id="preview", url="#preview")
    earlier = _said(incident)
    if draft.merges:
        earlier += tuple(replace(one, came_from=one.came_from or draft.merges.title) for one in _said(draft.merges))
    said_then = sorted((update, *earlier), key=lambda one: one.at, reverse=True)
    return build_view(incident, affected=affected, updates=tuple(said_then), at=draft.at)


def _said(incident: Incident) -> tuple[Update, ...]:
    return said(incident.updates.public().newest_first().marked(), codes=public_codes())


def _shown(update: IncidentUpdate, corrects: Announcement | None) -> Update:
    update.withdrawn_at, update.corrects_at = None, corrects.published_at if corrects else None
    update.came_from = None
    [view] = said([update], codes=frozenset(row["code"] for row in update.affected_components))
    return replace(view, public_id="preview")


def _for_the_audience(form: PublishForm, draft: Draft, announced: Announcement) -> list[tuple[str, str]]:
    """The compose form's fields with their blanks filled, as the subscribers' preview reads them."""
    return [
        ("title", announced.title),
        ("status", announced.status),
        ("body", form.text_so_far()),
        ("severity", announced.severity),
        ("impact", announced.impact),
        ("kind", announced.kind),
        ("display_at", announced.published_at.isoformat() if announced.is_backdated else ""),
        ("act", draft.act.value),
        ("quiet", "" if draft.tells else "1"),
        ("is_late", "1" if announced.is_late else ""),
        ("incident", form.counted.public_id if form.counted else ""),
        ("merges", form.merges.public_id if form.merges else ""),
        ("corrects", announced.corrects.public_id if announced.corrects else ""),
        ("next_update_at", _local(announced.next_update_at)),
        ("scheduled_for", _local(announced.scheduled_for)),
        ("scheduled_until", _local(announced.scheduled_until)),
        *((row.name, row.chosen) for row in form.picker.chosen),
    ]


def _local(moment: datetime | None) -> str:
    return local_time.as_typed(moment, timezone.get_current_timezone()) if moment else ""
