"""One incident or maintenance: its timeline, how far its notices are, and the form for the next update."""

from collections.abc import Iterable
from http import HTTPStatus

from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from statuspage.lib.methods import read_only

from ..access import PUBLISH, READ, StaffRequest, screen, staff_who_may
from ..actions import merging, publishing, scheduling, splitting
from ..actions.corrections import recalled, recalled_words
from ..actions.following import acts, statuses_after
from ..actions.steps import likely_status, statuses_to_post, step_text
from ..enums import WINDOW_ACTS, Act
from ..models import Incident, IncidentUpdate, PlannedStep, UpdateRevision
from .assist import apply_assist
from .forms import LateForm, UpdateForm
from .preview import preview_of
from .submit import gives_words_back, publish
from .window_form import WindowForm, update_form


@staff_who_may(PUBLISH, READ)
@read_only
def incident(request: StaffRequest, public_id: str) -> HttpResponse:
    """The screen of one incident; with the form for those who may publish. `?act=` and `?status=` choose what the next
    update does and says."""
    incident, at = _find(public_id), timezone.now()
    act = _act(request.GET.get("act", ""))
    latest = incident.updates.last_written()
    wrong = recalled(request.GET.get("corrects", ""))
    if not request.user.has_perm(PUBLISH) or incident.merged_into_id:
        return _show(request, incident)
    if not (incident.is_open or act):
        values = recalled_words(wrong) if wrong and not wrong.is_last else {}
        values |= {"status": incident.status, "seen": latest.public_id if latest else ""}
        return _show(request, incident, LateForm(initial=values, incident=incident, latest=latest, at=at))
    if not statuses_after(incident, act=act, at=at):
        return _show(request, incident)
    status = wrong.status if wrong else request.GET.get("status", "")
    offered = dict(statuses_to_post(incident, act, at))
    if status not in offered:
        status = likely_status(incident) if likely_status(incident) in offered else next(iter(offered))
    initial = {"status": status, "body": "" if act in WINDOW_ACTS else step_text(incident.template, status)}
    if wrong:
        initial |= recalled_words(wrong) | {"status": status}
    initial |= {"act": act, "seen": latest.public_id if latest else ""}
    return _show(request, incident, update_form(initial)(initial=initial, incident=incident, latest=latest, at=at))


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
    latest, at, kind = incident.updates.last_written(), timezone.now(), update_form(request.POST)
    if "assist" in request.POST:
        values = _carried(apply_assist(request.POST.dict(), template=incident.template, at=at), incident, latest)
        return _show(request, incident, kind(initial=values, incident=incident, latest=latest, at=at))
    form = kind(request.POST, incident=incident, latest=latest, at=at)
    if isinstance(form, WindowForm):
        answer = publish(request, form, scheduling.act_on, maintenance=incident)
    else:
        answer = publish(request, form, publishing.post_update, incident=incident)
    if isinstance(answer, HttpResponse):
        return answer
    return _show(request, _find(public_id), form, answer)


def _carried(values: dict[str, str], incident: Incident, latest: IncidentUpdate | None) -> dict[str, str]:
    """Return `values` as an update of `incident`; they may come from the form for a new one, which knew of none."""
    if "seen" not in values and latest:
        values["seen"] = latest.public_id  # the screen shows it beside them
    if values.get("status") not in dict(statuses_to_post(incident, _act(values.get("act", "")), timezone.now())):
        values["status"] = likely_status(incident)
    return values


def _find(public_id: str) -> Incident:
    known = Incident.all_kinds.select_related("template", "merged_into", "follows", "series")
    return get_object_or_404(known, public_id=public_id)


def _timeline(incident: Incident) -> QuerySet[IncidentUpdate]:
    """Return its updates with their former words, what was recalled, what they correct and what corrects them."""
    joined = ("update", "incident")
    wrong = (f"announcement__corrects__{name}" for name in joined)
    right = (f"announcement__corrections__{name}" for name in joined)
    updates = incident.updates.newest_first().select_related(
        "created_by", "merged_from", "announcement__recall__by", *wrong
    )
    former = Prefetch("revisions", UpdateRevision.objects.select_related("by"))
    return updates.prefetch_related(former, *right)


def _published_keys(updates: Iterable[IncidentUpdate]) -> str:
    """Return the keys of all that was published or edited: what is kept of them in a browser is no draft any more."""
    edits = (former.request_key for update in updates for former in update.revisions.all())
    return " ".join(filter(None, (*(update.request_key for update in updates), *edits)))


def _draft_key(incident: Incident, form: UpdateForm | None) -> str:
    """A correction is another text than the next update, as a word after the end is, and is kept apart in the
    browser."""
    if form and form.correcting:
        return f"correction:{form.correcting.public_id}"
    if form and form.is_late:
        return f"late:{incident.public_id}"
    act = form and form["act"].value()
    return f"{act}:{incident.public_id}" if act else f"update:{incident.public_id}"


def _show(
    request: StaffRequest, incident: Incident, form: UpdateForm | None = None, status: int = HTTPStatus.OK
) -> HttpResponse:
    updates = _timeline(incident)
    context = screen(
        request,
        incident.title,
        incident=incident,
        at=timezone.now(),
        updates=updates,
        published_keys=_published_keys(updates),
        affected=incident.affected.select_related("component"),
        planned_steps=PlannedStep.objects.open().filter(maintenance=incident.pk) if incident.is_maintenance else [],
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
