"""One attempt to publish a form: one call of an action, and what each of its answers means on the screen."""

from collections.abc import Callable
from http import HTTPStatus

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from statuspage.lib.given_back import gives_back

from ..access import StaffRequest
from ..actions.errors import Conflict, KeyReused
from ..models import Announcement, IncidentUpdate
from .asked_form import new_key
from .publish_form import WHEN_IT_HAPPENED, PublishForm, StepForm

PUBLISHED = "Published. The page shows it now, and below you see how many have been sent it."
KEPT = (
    "Saved. The incident is hidden from the public: the page does not show this, and no subscriber is written to. "
    "Who may publish is told."
)
UNTOLD = "Published. The page shows it now. Nobody is written to."
# Of every form that publishes: by its key it is known again, so a second time publishes nothing.
gives_words_back = gives_back(
    "Nothing was published.",
    "We do not know whether this was published.",
    "Press “Try again” once it answers: this form cannot be published twice.",
    title="Title",
    scheduled_for="Begins",
    scheduled_until="Ends",
    display_at=WHEN_IT_HAPPENED,
    **{name: field.label for name, field in StepForm.base_fields.items() if name != "status" and field.label},
)


def publish(
    request: StaffRequest, form: PublishForm, action: Callable[..., IncidentUpdate], **arguments: object
) -> HttpResponse | HTTPStatus:
    """Call `action` with what the form holds. Returns a redirect, or the status with which to show the form again."""
    if not form.is_valid():
        return _done_before(request, form) or HTTPStatus.UNPROCESSABLE_ENTITY
    if form.is_doubtful:
        return HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        update = action(**form.draft(), **arguments, by=request.user, at=form.at)
    except ValidationError as error:
        form.refuse(error)
        return HTTPStatus.UNPROCESSABLE_ENTITY
    except Conflict as conflict:
        return _lost(form, conflict.latest)
    except KeyReused:
        return _already_published(form)
    for sentence in form.moved:
        messages.warning(request, sentence)
    return _published(request, update)


def _published(request: HttpRequest, update: IncidentUpdate) -> HttpResponse:
    is_told = Announcement.objects.filter(update=update).exists()
    messages.success(request, PUBLISHED if is_told else UNTOLD if update.incident.is_public else KEPT)
    return redirect("console:incident", update.incident.public_id)


def _done_before(request: HttpRequest, form: PublishForm) -> HttpResponse | HTTPStatus | None:
    """Answer a form that is no longer valid because it was published before: its incident is closed by it, or its
    promise has passed meanwhile. None where its key is new."""
    key = form.typed("request_key")
    earlier = IncidentUpdate.objects.select_related("incident").filter(request_key=key).first() if key else None
    if earlier is None:
        return None
    is_same = earlier.body == form.text() and earlier.status == form.data.get("status", earlier.status)
    return _published(request, earlier) if is_same else _already_published(form)


def _lost(form: PublishForm, latest: IncidentUpdate) -> HTTPStatus:
    """Show the other's update beside our text; publishing again means: I have read it."""
    form.conflict = latest
    form.renew(seen=latest.public_id)
    return HTTPStatus.CONFLICT


def _already_published(form: PublishForm) -> HTTPStatus:
    """The form went out before and was changed since; with a new key it may go out as something new."""
    form.earlier = IncidentUpdate.objects.select_related("incident").get(request_key=form.data["request_key"])
    form.renew(request_key=new_key())
    return HTTPStatus.CONFLICT
