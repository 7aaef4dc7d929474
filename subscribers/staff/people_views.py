"""The screen of the administrator on colleagues: who there is, inviting, roles, ending an account."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from incidents.access import REFUSED, StaffRequest, private, screen, staff_who_may
from statuspage.lib.given_back import gives_back

from . import letting_in
from . import people as actions
from .people_forms import InviteForm, RoleForm

_ADMINISTER = "auth.change_user"


@private
@staff_who_may(_ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
@gives_back(
    "Nobody was invited.",
    "We do not know whether the invitation went out.",
    "Press “Try again” once it answers: an address is invited once.",
    first_name="First name",
    last_name="Last name",
    address="E-mail",
)
def people(request: StaffRequest) -> HttpResponse:
    """Everybody with an account, and the form that invites one more."""
    form = InviteForm(request.POST or None)
    if form.is_valid() and _invite(request, form):
        return redirect("staff:people")
    return _show(request, form, status=REFUSED if form.errors else 200)


def _invite(request: StaffRequest, form: InviteForm) -> bool:
    values = {name: form.cleaned_data[name] for name in ("first_name", "last_name", "address")}
    try:
        person = letting_in.invite(**values, group=form.cleaned_data["role"], by=request.user, at=timezone.now())
    except ValidationError as error:
        form.add_error(None, error)
        return False
    messages.success(request, f"Invited. The link in the mail to {person.email} is good for a week.")
    return True


@private
@staff_who_may(_ADMINISTER)
@require_POST
def send_again(request: StaffRequest, pk: int) -> HttpResponse:
    """Send the invitation again; the earlier link is void."""
    return _act(request, pk, letting_in.send_invitation, "Sent again. The link before it opens nothing any more.")


@private
@staff_who_may(_ADMINISTER)
@require_POST
def give_role(request: StaffRequest, pk: int) -> HttpResponse:
    """Give one role, in place of those before."""
    form = RoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, "There is no such role.")
        return redirect("staff:people")
    return _act(
        request, pk, actions.give_role, "Changed. It holds from their next click on.", group=form.cleaned_data["role"]
    )


@private
@staff_who_may(_ADMINISTER)
@require_POST
def deactivate(request: StaffRequest, pk: int) -> HttpResponse:
    """End an account."""
    return _act(request, pk, actions.deactivate, "Ended. They are logged out everywhere.")


@private
@staff_who_may(_ADMINISTER)
@require_POST
def reactivate(request: StaffRequest, pk: int) -> HttpResponse:
    """Let somebody log in again."""
    return _act(request, pk, actions.reactivate, "They may log in again.")


def _act(request: StaffRequest, pk: int, act: Callable[..., None], done: str, **arguments: object) -> HttpResponse:
    person = get_object_or_404(User, pk=pk, is_staff=True)
    try:
        act(person=person, **arguments, by=request.user, at=timezone.now())
        messages.success(request, done)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("staff:people")


def _show(request: StaffRequest, form: InviteForm, *, status: int) -> HttpResponse:
    found = User.objects.filter(is_staff=True).prefetch_related("groups", "contacts")
    found = found.order_by("-is_active", "first_name", "last_name", "username")
    rows = [(one, RoleForm(initial={"role": one.groups.first()}, auto_id=f"role-{one.pk}-%s")) for one in found]
    context = screen(request, "People", rows=rows, form=form)
    return render(request, "staff/people.html", context, status=status)
