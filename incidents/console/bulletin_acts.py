"""What is done to a bulletin by one press: pin it, end it; and withdraw it, which is asked for and says why."""

from http import HTTPStatus

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from statuspage.lib.given_back import gives_back

from ..access import PUBLISH, StaffRequest, screen, staff_who_may
from ..actions import bulletins as actions
from .bulletin import find_bulletin
from .recalling import RecallForm

_BOTH = ["GET", "HEAD", "POST"]
_gives_back = gives_back(
    "Nothing was changed.",
    "We do not know whether this was changed.",
    "Press “Try again” once it answers: a second time changes nothing.",
    reason="Why",
)


@staff_who_may(PUBLISH)
@require_http_methods(_BOTH)
@_gives_back
def pin_bulletin(request: StaffRequest, public_id: str) -> HttpResponse:
    """Put it above the components, or back below: `pin` is 1, or empty. A GET goes back to its screen."""
    is_pinned = bool(request.POST.get("pin"))
    done = "Pinned above the components." if is_pinned else "Not pinned any more."
    return _act(request, public_id, done, actions.pin, is_pinned=is_pinned)


@staff_who_may(PUBLISH)
@require_http_methods(_BOTH)
@_gives_back
def end_bulletin(request: StaffRequest, public_id: str) -> HttpResponse:
    """Take it off the front page now. A GET goes back to its screen."""
    return _act(request, public_id, "Ended. It is off the front page, and stays in the list.", actions.end)


def _act(request: StaffRequest, public_id: str, done: str, action, **arguments) -> HttpResponse:
    if request.method == "POST":
        try:
            action(bulletin=find_bulletin(public_id), **arguments, by=request.user, at=timezone.now())
            messages.success(request, done)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
    return redirect("console:bulletin", public_id)


@staff_who_may(PUBLISH)
@require_http_methods(_BOTH)
@_gives_back
def withdraw_bulletin(request: StaffRequest, public_id: str) -> HttpResponse:
    """Ask why, then withdraw."""
    found, form, status = find_bulletin(public_id), RecallForm(request.POST or None), HTTPStatus.OK
    if found.withdrawn_at:
        messages.info(request, "It was withdrawn already. Nothing more of it goes out.")
        return redirect("console:bulletin", public_id)
    if request.method == "POST":
        try:
            actions.withdraw(bulletin=found, reason=request.POST.get("reason", ""), by=request.user, at=timezone.now())
            messages.success(request, "Withdrawn. Nothing more of it goes out.")
            return redirect("console:bulletin", public_id)
        except ValidationError as error:
            form = RecallForm(request.POST)
            form.is_valid()
            form.add_error(None, error)  # by field, as the action names them
            status = HTTPStatus.UNPROCESSABLE_ENTITY
    context = screen(
        request, "Withdraw this announcement?", bulletin=found, has_begun=found.has_begun(timezone.now()), form=form
    )
    return render(request, "console/withdraw_bulletin.html", context, status=status)
