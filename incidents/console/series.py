"""The end of a series of planned work: which of its windows are cancelled with it, in which words."""

from http import HTTPStatus

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from statuspage.lib.given_back import gives_back

from ..access import PUBLISH, StaffRequest, find_incident, screen, staff_who_may
from ..actions import series as actions
from ..actions.steps import same_newlines
from ..actions.wording import problems
from ..models import Incident
from .asked_form import AskedForm, lines

_gives_back = gives_back(
    "Nothing was ended.",
    "We do not know whether the series was ended.",
    "Press “Try again” once it answers: a second time changes nothing.",
    body="Text",
)


class EndSeriesForm(AskedForm):
    body: forms.CharField = lines(
        5,
        label="Text",
        help_text="Why it does not take place any more. Stands on the page of each window that is cancelled, and is "
        "sent once, about the next one.",
    )

    def clean(self):
        cleaned = super().clean()
        for message in problems(body=self.words(), title=None).values():
            self.add_error("body", message)
        return cleaned

    def words(self) -> str:
        return same_newlines(self.typed("body") or "").strip()


@staff_who_may(PUBLISH)
@require_http_methods(["GET", "HEAD", "POST"])
@_gives_back
def end_series(request: StaffRequest, public_id: str) -> HttpResponse:
    """Show what would be cancelled, ask for the words, end it. `public_id` is that of any of its windows."""
    window, at = find_incident(public_id), timezone.now()
    if window.series is None:
        raise Http404
    if window.series.ended_at:
        messages.info(request, "The series has ended already.")
        return redirect("console:incident", public_id)
    form = EndSeriesForm(request.POST or None, at=at)
    if request.method == "POST" and form.is_valid() and (answer := _end(request, window, form)):
        return answer
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    context = screen(
        request, "End this series?", window=window, form=form, cancelled=actions.waiting(window.series), at=at
    )
    return render(request, "console/end_series.html", context, status=status)


def _end(request: StaffRequest, window: Incident, form: EndSeriesForm) -> HttpResponse | None:
    assert window.series is not None  # noqa: S101  asked before
    try:
        cancelled = actions.end_series(window.series, body=form.words(), by=request.user, at=form.at)
    except ValidationError as error:
        form.refuse(error)
        return None
    number = len(cancelled)
    messages.success(request, f"Ended. {number} window{'' if number == 1 else 's'} cancelled; no more are made.")
    return redirect("console:incident", window.public_id)
