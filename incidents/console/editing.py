"""A quiet edit of what an update says: the words in a field, what an edit leaves alone, and theirs beside yours."""

from http import HTTPStatus

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.decorators.http import require_http_methods

from statuspage.lib import markdown
from statuspage.lib.given_back import gives_back

from ..access import PUBLISH, StaffRequest, screen, staff_who_may
from ..actions import editing
from ..actions.doubts import Doubt
from ..actions.errors import Conflict, KeyReused
from ..actions.wording import as_far_as_publishable
from ..models import IncidentUpdate
from .doubtful import DoubtfulForm
from .publish_form import new_key

DONE = "Edited. The page shows it now, marked as edited, and nobody was written to."
KEPT = "Edited. The incident is hidden from the public, so this is read here alone."


class EditForm(DoubtfulForm):
    """The words of an update. `seen`: how many edits of it there were when they were read."""

    data: QueryDict
    body = forms.CharField(
        required=False, strip=False, label="Text", help_text="Markdown. The words alone: state, time and promise stay."
    )
    seen = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    request_key = forms.CharField(max_length=64, widget=forms.HiddenInput)
    doubted = ("next_update_at", "body")

    def __init__(self, data=None, *, update: IncidentUpdate):
        self.said = update
        self.conflict: IncidentUpdate | None = None
        number = update.revisions.count()
        super().__init__(data, initial={"body": update.body, "seen": number, "request_key": new_key()})

    @cached_property
    def doubts(self) -> list[Doubt]:
        return editing.new_doubts(self.said, self["body"].value() or "")

    @property
    def html(self) -> str:
        """The words as they would read, as far as they can be published."""
        return markdown.render(as_far_as_publishable(editing.as_kept(self["body"].value() or "")))

    def clean_seen(self) -> int:
        seen = self.cleaned_data["seen"]
        if seen is None:
            raise ValidationError("This form did not say which words you had read. Open it again.")
        return seen

    def renew(self, **values: object) -> None:
        """Replace hidden values of a bound form, so that it can be sent again."""
        self.data = self.data.copy()
        for name, value in values.items():
            self.data[name] = str(value)

    def refuse(self, error: ValidationError) -> None:
        """Put the messages of the action beside the words, or above where they are about the whole."""
        for field, found in getattr(error, "error_dict", {None: error}).items():
            self.add_error(field, found)


@staff_who_may(PUBLISH)
@require_http_methods(["GET", "HEAD", "POST"])
@gives_back(
    "Nothing was edited.",
    "We do not know whether this was edited.",
    "Press “Try again” once it answers: a second time changes nothing.",
    body="Text",
)
def edit_update(request: StaffRequest, public_id: str, update: str) -> HttpResponse:
    """Show the words of an update, and put others in their place."""
    rows = IncidentUpdate.objects.select_related("incident__template", "announcement", "created_by")
    found = get_object_or_404(rows, incident__public_id=public_id, public_id=update)
    if request.method != "POST":
        return _show(request, found, EditForm(update=found))
    form = EditForm(request.POST, update=found)
    if "preview" in request.POST:
        return _show(request, found, form, is_preview=True)
    status = _edit(request, found, form)
    if status != HTTPStatus.OK:
        return _show(request, found, form, status)
    messages.success(request, DONE if found.incident.is_public else KEPT)
    return redirect(reverse("console:incident", args=[public_id]) + f"#update-{update}")


def _edit(request: StaffRequest, update: IncidentUpdate, form: EditForm) -> HTTPStatus:
    """Call the action with what the form holds. Returns OK, or the status with which to show the form again."""
    if not form.is_valid():
        return HTTPStatus.UNPROCESSABLE_ENTITY
    if form.is_doubtful:
        return HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        editing.edit_words(update=update, by=request.user, at=timezone.now(), **_draft(form))
    except ValidationError as error:
        form.refuse(error)
        return HTTPStatus.UNPROCESSABLE_ENTITY
    except Conflict as conflict:
        form.conflict = conflict.latest
        form.renew(seen=conflict.latest.revisions.count())
        return HTTPStatus.CONFLICT
    except KeyReused:
        form.renew(request_key=new_key())
        form.add_error(None, "This form was already sent, with other words in it. Send it again to change these too.")
        return HTTPStatus.CONFLICT
    return HTTPStatus.OK


def _draft(form: EditForm) -> dict:
    return {name: form.cleaned_data[name] for name in ("body", "seen", "request_key")}


def _show(
    request: StaffRequest,
    update: IncidentUpdate,
    form: EditForm,
    status: int = HTTPStatus.OK,
    *,
    is_preview: bool = False,
) -> HttpResponse:
    context = screen(
        request,
        "Edit the words",
        incident=update.incident,
        update=update,
        announcement=getattr(update, "announcement", None),
        is_withdrawn=editing.is_withdrawn(update),
        latest_edit=update.revisions.select_related("by").first(),
        form=form,
        is_preview=is_preview,
    )
    return render(request, "console/edit_update.html", context, status=status)
