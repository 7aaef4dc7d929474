"""One incident or maintenance: its timeline, how far its notices are, and the form for the next update."""

from http import HTTPStatus

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from statuspage.lib.methods import read_only

from ..access import PUBLISH, READ, StaffRequest, screen, staff_who_may
from ..actions import merging, publishing, splitting
from ..actions.corrections import recalled, recalled_words
from ..actions.following import acts, statuses_after
from ..actions.steps import likely_status, statuses_to_post, step_text
from ..enums import Act
from ..models import Incident, IncidentUpdate
from .assist import apply_assist
from .forms import UpdateForm
from .preview import preview_of
from .submit import gives_words_back, publish


@staff_who_may(PUBLISH, READ)
@read_only
def incident(request: StaffRequest, public_id: str) -> HttpResponse:
    """The screen of one incident; with the form for those who may publish. `?act=` and `?status=` choose what the next
    update does and says."""
    incident, at = _find(public_id), timezone.now()
    act = _act(request.GET.get("act", ""))
    if not (request.user.has_perm(PUBLISH) and statuses_after(incident, act=act, at=at)):
        return _show(request, incident)
    latest = _latest(incident)
    wrong = recalled(request.GET.get("corrects", ""))
    status = wrong.status if wrong else request.GET.get("status", "")
    offered = dict(statuses_to_post(incident, act, at))
    if status not in offered:
        status = likely_status(incident) if likely_status(incident) in offered else next(iter(offered))
    initial = {"status": status, "body": step_text(incident.template, status)}
    if wrong:
        initial |= recalled_words(wrong) | {"status": status}
    initial |= {"act": act, "seen": latest.public_id if latest else ""}
    return _show(request, incident, UpdateForm(initial=initial, incident=incident, latest=latest, at=at))


def _act(asked: str) -> Act:
    return Act(asked) if asked in Act.values else Act.UPDATE


@staff_who_may(PUBLISH)
@require_http_methods(["GET", "HEAD", "POST"])
@gives_words_back
def update(request: StaffRequest, public_id: str) -> HttpResponse:
    """Publish the next update. A GET (after a log-in, a reload) goes back to the screen of the incident."""
    incident = _find(public_id)
    if request.method != "POST":
        return redirect("console:incident", public_id)
    latest, at = _latest(incident), timezone.now()
    if "assist" in request.POST:
        values = apply_assist(request.POST.dict(), template=incident.template, at=at)
        return _show(request, incident, UpdateForm(initial=values, incident=incident, latest=latest, at=at))
    form = UpdateForm(request.POST, incident=incident, latest=latest, at=at)
    answer = publish(request, form, publishing.post_update, incident=incident)
    if isinstance(answer, HttpResponse):
        return answer
    return _show(request, _find(public_id), form, answer)


def _find(public_id: str) -> Incident:
    known = Incident.all_kinds.select_related("template", "merged_into", "follows")
    return get_object_or_404(known, public_id=public_id)


def _latest(incident: Incident) -> IncidentUpdate | None:
    """The newest by writing, whatever time it shows: what an author must have read."""
    return incident.updates.order_by("-pk").first()


def _timeline(incident: Incident) -> QuerySet[IncidentUpdate]:
    """Return its updates with what was recalled of them, what they correct and what corrects them."""
    joined = ("update", "incident")
    wrong = (f"announcement__corrects__{name}" for name in joined)
    right = (f"announcement__corrections__{name}" for name in joined)
    known = ("created_by", "merged_from", "announcement__recall__by", *wrong)
    updates = incident.updates.newest_first().select_related(*known)
    return updates.prefetch_related(*right)


def _draft_key(incident: Incident, form: UpdateForm | None) -> str:
    """A correction is another text than the next update, and is kept apart in the browser."""
    if form and form.correcting:
        return f"correction:{form.correcting.public_id}"
    act = form and form["act"].value()
    return f"{act}:{incident.public_id}" if act else f"update:{incident.public_id}"


def _show(
    request: StaffRequest, incident: Incident, form: UpdateForm | None = None, status: int = HTTPStatus.OK
) -> HttpResponse:
    context = screen(
        request,
        incident.title,
        incident=incident,
        at=timezone.now(),
        updates=_timeline(incident),
        affected=incident.affected.select_related("component"),
        split_off=incident.followed_by.filter(is_split_off=True),
        form=form,
        act=_act(str(form["act"].value() or "")) if form else Act.UPDATE,
        acts=acts(incident, at=timezone.now()) if request.user.has_perm(PUBLISH) else [],
        may_merge=request.user.has_perm(PUBLISH) and merging.candidates(incident).exists(),
        may_split=request.user.has_perm(PUBLISH) and splitting.can_be_split(incident),
        draft_key=_draft_key(incident, form),
        **(preview_of(form) if form else {}),
    )
    return render(request, "console/incident.html", context, status=status)
