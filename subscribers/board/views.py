"""The operator's screens: where everything that goes out stands, what is held back, what failed for good."""

from http import HTTPStatus

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from incidents.access import PUBLISH, REFUSED, StaffRequest, private, screen, staff_who_may
from incidents.models import Announcement, Bulletin
from statuspage.lib.given_back import gives_back
from statuspage.lib.methods import read_only

from ..delivery import breakers, pauses, retrying
from ..delivery import failures as failed
from ..enums import Channel, DeliveryState, why
from ..models import Pause
from ..permissions import PAUSE
from ..templatetags.support import why_left
from . import board as how_far
from .bulletins import lately

_PAGE = 50
_AGAIN = "Press “Try again” once it answers: what was done by then is not done twice."


class ReasonForm(forms.Form):
    reason = forms.CharField(required=False, label="Why", help_text="In a few words, for whoever releases it.")


@read_only
@private
@staff_who_may(PAUSE, PUBLISH)
def deliveries(request: StaffRequest) -> HttpResponse:
    """Every announcement with its channels, newest first; looks again by itself while something moves."""
    at = timezone.now()
    context = {"board": how_far.board(at=at, page=request.GET.get("page")), "bulletins": lately(at=at), "at": at}
    if request.htmx and not request.htmx.history_restore_request:
        return render(request, "deliveries/_board.html", context)
    return render(request, "deliveries/board.html", screen(request, "Deliveries", is_board=True, **context))


@read_only
@private
@staff_who_may(PAUSE, PUBLISH)
def blockers(request: StaffRequest) -> HttpResponse:
    """Show what keeps notices from going out now, of whatever channel, and how many of what is open failed for good;
    the front page and the incident board fetch it."""
    if request.htmx:
        lost = failed.of_what_is_open(at=timezone.now())
        context: dict[str, object] = {"blockers": how_far.blockers(Channel), "lost": lost}
        if lost:
            context["lost_url"] = reverse("deliveries:failures", query=lost.choice.query())
        return render(request, "deliveries/_blockers.html", context)
    return redirect("deliveries:board")


@require_http_methods(["GET", "HEAD", "POST"])
@private
@staff_who_may(PAUSE)
@gives_back("Nothing was paused.", "We do not know whether this was paused.", _AGAIN, reason="Why")
def pause(request: StaffRequest) -> HttpResponse:
    """Say what would be held back and ask why; a POST holds it back. `channel` and `announcement` say the scope."""
    scope = _scope(request)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        try:
            pauses.pause(reason=request.POST.get("reason", ""), by=request.user, at=timezone.now(), **scope)
        except ValidationError as error:
            form.is_valid()
            form.add_error(None, error)  # by field, as the action names them
        else:
            messages.success(request, "Paused. What waits keeps waiting, whole, until somebody releases it.")
            return redirect("deliveries:board")
    context = screen(
        request,
        "Pause these deliveries?",
        form=form,
        scope=Pause(**scope).scope,
        is_channel=not scope["announcement"],
        waiting=pauses.waiting_in(channel=scope["channel"], announcement=_key(scope["announcement"])).count(),
    )
    return render(request, "deliveries/pause.html", context, status=REFUSED if form.errors else HTTPStatus.OK)


def _scope(request: StaffRequest) -> dict:
    channel, public_id = request.GET.get("channel", ""), request.GET.get("announcement", "").replace("\0", "")
    announcement = get_object_or_404(Announcement, public_id=public_id) if public_id else None
    return {"channel": channel if channel in Channel.values else "", "announcement": announcement}


def _key(announcement: Announcement | None) -> int | None:
    return announcement.pk if announcement else None


@require_http_methods(["GET", "HEAD", "POST"])
@private
@staff_who_may(PAUSE)
@gives_back("Nothing was released.", "We do not know whether this was released.", _AGAIN)
def release(request: StaffRequest, pk: int) -> HttpResponse:
    """Say what would go out; a POST lets it."""
    pause = get_object_or_404(Pause.objects.select_related("announcement", "paused_by"), pk=pk)
    if request.method == "POST":
        if pauses.release(pause=pause, by=request.user, at=timezone.now()):
            messages.success(request, f"Released: {pause.scope}. It goes on where it stood.")
        else:
            messages.info(request, "Somebody released it before.")
        return redirect("deliveries:board")
    context = screen(request, "Release these deliveries?", pause=pause, waiting=pauses.held_by(pause).count())
    return render(request, "deliveries/release.html", context)


@require_POST
@private
@staff_who_may(PAUSE)
def try_provider(request: StaffRequest, channel: str) -> HttpResponse:
    """Look again at a provider that is left alone, without waiting for its time."""
    if channel not in Channel.values:
        raise Http404
    if breakers.probe_now(channel=Channel(channel), by=request.user, at=timezone.now()):
        messages.success(request, f"{Channel(channel).label}: tried again now, with a few of those that wait.")
    else:
        messages.info(request, f"{Channel(channel).label}: nobody leaves it alone now.")
    return redirect("deliveries:board")


@read_only
@private
@staff_who_may(PAUSE)
def failures(request: StaffRequest) -> HttpResponse:
    """Whom we could not tell, and why; narrowed by the address bar."""
    choice = failed.Choice.read(request.GET)
    rows = choice.rows(at=timezone.now())
    shown = rows.select_related("subscriber", "contact", "announcement", "message").order_by("-pk")
    page = Paginator(shown, _PAGE).get_page(request.GET.get("page"))
    context = screen(
        request,
        "Not reached",
        choice=choice,
        page=page,
        about=Announcement.objects.filter(public_id=choice.announcement).first() if choice.announcement else None,
        bulletin=Bulletin.objects.filter(public_id=choice.announcement).first() if choice.announcement else None,
        reasons=_reasons(choice, rows),
        query=_query(choice),
        all_url=_failures_url(failed.Choice(announcement=choice.announcement)),
    )
    return render(request, "deliveries/failures.html", context)


def _reasons(choice: failed.Choice, rows) -> list[dict]:
    """Return the reasons that one may narrow to, each with its address and its number."""
    found = []
    for state, cause, words, number in failed.reasons(rows):
        narrowed = failed.Choice(**choice.query(state=state, cause=cause, reason=words))
        said = {"label": DeliveryState(state).label, "reason": why(cause, words), "number": number}
        found.append(said | {"url": _failures_url(narrowed), "is_chosen": narrowed == choice})
    return found


def _query(choice: failed.Choice) -> str:
    return reverse("deliveries:failures", query=choice.query()).partition("?")[2]


def _failures_url(choice: failed.Choice) -> str:
    return reverse("deliveries:failures", query=choice.query())


@require_http_methods(["GET", "HEAD", "POST"])
@private
@staff_who_may(PAUSE)
@gives_back("Nothing was queued again.", "We do not know whether this was queued again.", _AGAIN)
def retry(request: StaffRequest) -> HttpResponse:
    """Say what would be tried again and what not; a POST queues it. The address bar says which failures."""
    choice = failed.Choice.read(request.GET)
    if request.method != "POST":
        return _ask_to_retry(request, choice)
    result = retrying.retry(choice=choice, by=request.user, at=timezone.now())
    if result.queued:
        messages.success(request, f"{result.queued:,} queued again.")
    for left in result.left:
        messages.warning(request, f"{left.number:,} left as they are: {why_left(left)}.")
    return redirect("deliveries:board" if result.queued else _failures_url(choice))


def _ask_to_retry(request: StaffRequest, choice: failed.Choice) -> HttpResponse:
    at = timezone.now()
    rows = choice.rows(at=at)
    left = retrying.left_as_they_are(choice, at=at)
    context = screen(
        request,
        "Try these again?",
        number=rows.count() - sum(one.number for one in left),
        unknown=rows.filter(state=DeliveryState.UNKNOWN).count(),
        left=left,
        back=_failures_url(choice),
    )
    return render(request, "deliveries/retry.html", context)


@read_only
@private
@staff_who_may(PUBLISH)
def reach(request: StaffRequest, announcement: str) -> HttpResponse:
    """How many have an announcement and how many do not: what recalling it would still prevent. `?edit`: the same for
    an edit of the page, which prevents none of it."""
    found = get_object_or_404(Announcement.objects.select_related("incident"), public_id=announcement)
    context = how_far.reach(found)._asdict() | {"is_edit": "edit" in request.GET}
    if request.htmx:
        return render(request, "deliveries/_reach.html", context)
    return render(request, "deliveries/reach.html", screen(request, "Who has it", announcement=found, **context))
