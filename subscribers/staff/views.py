"""The screens of a member of staff on how we reach them: their own addresses, and what reached them nowhere."""

from dataclasses import dataclass
from functools import partial

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from incidents.access import ANY_STAFF, REFUSED, StaffRequest, private, screen, staff_who_may
from incidents.actions.messages import put_away as put_away_message
from incidents.models import Message
from statuspage.lib.going_back import go_back
from statuspage.lib.methods import read_only

from .. import offering
from ..addresses import normalise
from ..enums import Channel
from ..models import Contact, Delivery
from . import contacts as actions
from .forms import AddressForm, CodeForm


@dataclass
class Way:
    """One channel by which somebody may be reached, with its forms."""

    channel: Channel
    contact: Contact | None
    form: AddressForm
    code: CodeForm

    @property
    def address_label(self) -> str:
        """The label of the field for the address."""
        return "Another address" if self.contact else "Address"

    @property
    def is_asked(self) -> bool:
        """A code is out, or was."""
        return self.contact is not None and bool(self.contact.code_hash)

    @property
    def last(self) -> Delivery | None:
        """The last delivery that went there, to say what became of it."""
        return self.contact.deliveries.order_by("-pk").first() if self.contact else None


@read_only
@private
@staff_who_may(ANY_STAFF)
def contacts(request: StaffRequest) -> HttpResponse:
    """The mail and the phone of whoever looks."""
    return _page(request)


@require_POST
@private
@staff_who_may(ANY_STAFF)
def send_code(request: StaffRequest, channel: str) -> HttpResponse:
    """Set one's address on a channel; a code goes there."""
    form = AddressForm(request.POST, channel=_offered(channel))
    if form.is_valid():
        try:
            actions.send_code(person=request.user, address=form.cleaned_data["address"], at=timezone.now())
            return redirect("staff:contacts")
        except ValidationError as error:
            form.add_error("address", error)
    return _page(request, form=form, status=REFUSED)


@require_POST
@private
@staff_who_may(ANY_STAFF)
def confirm(request: StaffRequest, channel: str) -> HttpResponse:
    """Type the code that was read there."""
    contact = _own(request, channel)
    form = CodeForm(request.POST, channel=_offered(channel))
    if form.is_valid():
        try:
            actions.confirm(contact=contact, code=form.cleaned_data["code"], at=timezone.now())
            messages.success(request, f"We reach you at {contact} from now on.")
            return redirect("staff:contacts")
        except ValidationError as error:
            form.add_error("code", error)
    return _page(request, code=form, status=REFUSED)


@require_POST
@private
@staff_who_may(ANY_STAFF)
def remove(request: StaffRequest, channel: str) -> HttpResponse:
    """Be reached there no more."""
    contact = _own(request, channel)
    actions.remove(contact=contact, at=timezone.now())
    messages.success(request, f"Nothing is sent to {contact} any more.")
    return redirect("staff:contacts")


@require_POST
@private
@staff_who_may(ANY_STAFF)
def put_away(request: StaffRequest, pk: int) -> HttpResponse:
    """Put away what reached its person nowhere: it was read on the screen."""
    put_away_message(message=get_object_or_404(Message, pk=pk, person=request.user), at=timezone.now())
    return go_back(request.POST.get("next", ""), default=reverse("admin:index"))


def _offered(channel: str) -> Channel:
    if channel not in Channel.values or not offering.is_offered(Channel(channel)):
        raise Http404
    return Channel(channel)


def _own(request: StaffRequest, channel: str) -> Contact:
    return get_object_or_404(Contact, person=request.user, channel=_offered(channel))


def _page(
    request: StaffRequest, *, form: AddressForm | None = None, code: CodeForm | None = None, status: int = 200
) -> HttpResponse:
    mine = {contact.channel: contact for contact in Contact.objects.filter(person=request.user)}
    way = partial(_way, mine, request.user.email, [one for one in (form, code) if one])
    ways = [way(channel) for channel in Channel if offering.is_offered(channel)]
    return render(request, "staff/contacts.html", screen(request, "How we reach you", ways=ways), status=status)


def _if_possible(known: str, channel: Channel) -> str:
    """Return the address that we know already, where it can be one on this channel."""
    try:
        return normalise(known, channel).address
    except ValidationError:
        return ""


def _way(mine: dict[str, Contact], known: str, bound: list, channel: Channel) -> Way:
    contact = mine.get(channel)
    address = contact.address if contact else _if_possible(known, channel)
    form: AddressForm = AddressForm(channel=channel, initial={"address": address})
    code: CodeForm = CodeForm(channel=channel)
    for one in bound:
        if one.prefix == form.prefix:
            form = one
        elif one.prefix == code.prefix:
            code = one
    return Way(channel, contact, form, code)
