"""Bulletins ("announcements" on the screen): the list, a new one, the screen of one with the form that changes it."""

from collections.abc import Iterable
from datetime import datetime
from http import HTTPStatus

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from statuspage.lib.given_back import gives_back
from statuspage.lib.methods import read_only

from ..access import PUBLISH, StaffRequest, screen, staff_who_may
from ..actions import bulletins as actions
from ..actions.errors import BulletinConflict, KeyReused
from ..models import Bulletin
from .asked_form import new_key
from .bulletin_forms import BulletinForm, EditBulletinForm, NewBulletinForm
from .bulletin_preview import preview_of

PAGE = 50
_LABELS = {name: field.label or name.capitalize() for name, field in BulletinForm.base_fields.items()}


@staff_who_may(PUBLISH)
@read_only
def bulletins(request: StaffRequest) -> HttpResponse:
    """Every bulletin, the newest first."""
    shown = Paginator(Bulletin.objects.newest_first(), PAGE).get_page(request.GET.get("page"))
    context = screen(request, "Announcements", page=shown, rows=rows(shown, timezone.now()))
    return render(request, "console/bulletins.html", context)


def rows(found: Iterable[Bulletin], at: datetime) -> list[tuple[Bulletin, str]]:
    """Each with where it stands, in a word."""
    return [(bulletin, standing(bulletin, at)) for bulletin in found]


def standing(bulletin: Bulletin, at: datetime) -> str:
    """Return where a bulletin stands at `at`, in a word."""
    if bulletin.withdrawn_at:
        return "Withdrawn"
    if not bulletin.has_begun(at):
        return "Planned"
    if bulletin.is_over(at):
        return "Over"
    return "Pinned" if bulletin.is_pinned else "On the page"


@staff_who_may(PUBLISH)
@require_http_methods(["GET", "HEAD", "POST"])
@gives_back(
    "Nothing was published.",
    "We do not know whether this was published.",
    "Press “Try again” once it answers: this form cannot be published twice.",
    **_LABELS,
)
def new_bulletin(request: StaffRequest) -> HttpResponse:
    """Write an announcement, see it as it will be read, publish it."""
    form = NewBulletinForm(request.POST if request.method == "POST" else None, at=timezone.now())
    answer = _publish(request, form) if form.is_bound else HTTPStatus.OK
    if isinstance(answer, HttpResponse):
        return answer
    context = screen(request, "New announcement", form=form, draft_key="new-bulletin", **preview_of(form))
    return render(request, "console/new_bulletin.html", context, status=answer)


def _publish(request: StaffRequest, form: NewBulletinForm) -> HttpResponse | HTTPStatus:
    if not form.is_valid():
        return HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        bulletin = actions.publish(**form.draft(), by=request.user, at=form.at)
    except ValidationError as error:
        form.refuse(error)
        return HTTPStatus.UNPROCESSABLE_ENTITY
    except KeyReused:
        form.earlier = Bulletin.objects.get(request_key=form.cleaned_data["request_key"])
        form.renew(request_key=new_key())
        return HTTPStatus.CONFLICT
    _say_moved(request, form)
    messages.success(request, _published(bulletin, form))
    return redirect("console:bulletin", bulletin.public_id)


def _published(bulletin: Bulletin, form: BulletinForm) -> str:
    where = "The page shows it now." if bulletin.has_begun(form.at) else "The page shows it when its time comes."
    return f"Published. {where}" + (" Below you see how many have been sent it." if bulletin.is_told else "")


def _say_moved(request: StaffRequest, form: BulletinForm) -> None:
    for sentence in form.moved:
        messages.warning(request, sentence)


@staff_who_may(PUBLISH)
@read_only
def bulletin(request: StaffRequest, public_id: str) -> HttpResponse:
    """The screen of one bulletin, with the form that changes it unless it was withdrawn."""
    found = find_bulletin(public_id)
    return _show(request, found, EditBulletinForm(bulletin=found, at=timezone.now()))


@staff_who_may(PUBLISH)
@require_http_methods(["GET", "HEAD", "POST"])
@gives_back(
    "Nothing was changed.",
    "We do not know whether this was changed.",
    "Press “Try again” once it answers: a second time changes nothing more.",
    **_LABELS,
)
def edit_bulletin(request: StaffRequest, public_id: str) -> HttpResponse:
    """Change the words or the times of a bulletin. A GET goes back to its screen."""
    if request.method != "POST":
        return redirect("console:bulletin", public_id)
    found = find_bulletin(public_id)
    form = EditBulletinForm(request.POST, bulletin=found, at=timezone.now())
    answer = _edit(request, form, found)
    return answer if isinstance(answer, HttpResponse) else _show(request, find_bulletin(public_id), form, answer)


def _edit(request: StaffRequest, form: EditBulletinForm, found: Bulletin) -> HttpResponse | HTTPStatus:
    if not form.is_valid():
        return HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        actions.edit(bulletin=found, **form.draft(), by=request.user, at=form.at)
    except ValidationError as error:
        form.refuse(error)
        return HTTPStatus.UNPROCESSABLE_ENTITY
    except BulletinConflict as conflict:
        form.conflict = conflict.latest
        form.renew(seen=str(conflict.latest.version))
        return HTTPStatus.CONFLICT
    _say_moved(request, form)
    messages.success(request, "Saved. Nothing was sent for it.")
    return redirect("console:bulletin", found.public_id)


def find_bulletin(public_id: str) -> Bulletin:
    """Return any bulletin, whatever the public knows of it. Raises Http404."""
    return get_object_or_404(Bulletin.objects.select_related("created_by"), public_id=public_id)


def _show(request: StaffRequest, found: Bulletin, form: EditBulletinForm, status: int = HTTPStatus.OK) -> HttpResponse:
    context = screen(
        request,
        found.title,
        bulletin=found,
        standing=standing(found, form.at),
        has_begun=found.has_begun(form.at),
        is_over=found.is_over(form.at),
        at=form.at,
        form=None if found.withdrawn_at else form,
        draft_key=f"bulletin:{found.public_id}:{found.version}",
        **preview_of(form),
    )
    return render(request, "console/bulletin.html", context, status=status)
