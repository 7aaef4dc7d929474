"""The preview of a bulletin: its block of the public page, and the fields by which its readers are counted."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from ..access import PUBLISH, StaffRequest, screen, staff_who_may
from ..actions.bulletin_draft import compose
from ..models import Bulletin, Site
from ..page.bulletins import view
from ..page.incident_views import brand
from .bulletin_forms import BulletinForm, EditBulletinForm, NewBulletinForm
from .preview import NOTHING_YET


@staff_who_may(PUBLISH)
@require_http_methods(["GET", "HEAD", "POST"])
def bulletin_preview(request: StaffRequest) -> HttpResponse:
    """The preview of a form that is being filled in: a fragment for htmx, else a page of its own."""
    if request.method != "POST":
        return redirect("console:bulletins")
    form = _form(request.POST.dict())
    if request.htmx:
        return render(request, "console/_bulletin_preview.html", preview_of(form))
    return render(request, "console/bulletin_preview.html", screen(request, "Preview", **preview_of(form)))


def _form(values: dict[str, Any]) -> BulletinForm:
    """The form that was sent, told by what it is about; shown, not judged."""
    at = timezone.now()
    if public_id := values.get("bulletin"):
        found = get_object_or_404(Bulletin, public_id=public_id)
        return EditBulletinForm(initial=values, bulletin=found, at=at)
    return NewBulletinForm(initial=values, at=at)


def preview_of(form: BulletinForm) -> dict:
    """The context of console/_bulletin_preview.html."""
    draft = form.draft_so_far()
    bulletin = compose(draft if draft.body else replace(draft, body=NOTHING_YET))
    with Site.speaking():  # as it will be read
        shown = replace(view(bulletin, at=bulletin.from_at), public_id="preview", url="#preview")
        document = {"bulletin": shown, "page": SimpleNamespace(at=form.at), "site": brand()}
        block = render_to_string("console/_bulletin_block.html", document)
    fields = [("title", draft.title), ("body", draft.body), ("tell", "on" if draft.tell else "")]
    return {"document": block, "bulletin_draft": bulletin, "audience_fields": fields, "is_new": not form.bulletin}
