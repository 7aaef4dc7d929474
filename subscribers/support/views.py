"""Support staff's screens: who is linked to an incident, and what each was told. All of it private."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from incidents.access import REFUSED, StaffRequest, find_incident, private, screen, staff_who_may
from incidents.models import Incident
from statuspage.lib.given_back import gives_back
from statuspage.lib.going_back import go_back
from statuspage.lib.methods import read_only

from ..board import board
from ..models import AffectedCustomer
from ..permissions import LINK
from . import linking, looking, lookup
from .customer_list import as_text
from .forms import CustomerForm, ListForm
from .list_check import Check
from .listing import Listing, search_text
from .outcomes import answer, mark_of

_AGAIN = "Press “Try again” once it answers: nobody is linked or told twice."
_gives_back_links = gives_back(
    "Nobody was linked.",
    "We do not know whether they were linked.",
    _AGAIN,
    name="Name",
    contact="E-mail or phone",
    reference="Reference",
    ticket_url="Ticket address",
    text="One customer a line",
)


@read_only
@private
@staff_who_may(LINK)
def home(request: StaffRequest) -> HttpResponse:
    """Show what is open, how many customers each concerns, and the search for one customer."""
    text = search_text(request.GET)
    found, subscriber = lookup.search(text) if text else ([], None)
    context = screen(
        request,
        "Support",
        unreached=board.not_reached(),
        open=lookup.open_incidents(),
        closed=lookup.closed_incidents(),
        q=text,
        found=found,
        subscriber=subscriber,
        is_earlier=subscriber and lookup.is_earlier(subscriber, text),
        key=subscriber and looking.key_for(request.user, subscriber),
        limit=lookup.FOUND,
    )
    return render(request, "support/home.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@private
@staff_who_may(LINK)
@_gives_back_links
def customers(request: StaffRequest, public_id: str) -> HttpResponse:
    """The linked customers of an incident; a POST links one."""
    incident = _going_on(public_id)
    if request.method == "POST":
        return _link_one(request, incident)
    if request.htmx and not request.htmx.history_restore_request:
        context = {"incident": incident, "listing": Listing(incident, request.GET)}
        return render(request, "support/_customers.html", context)
    return _customers_screen(request, incident, CustomerForm(initial=_offer(incident)))


def _going_on(public_id: str) -> Incident:
    """The incident, or that which it was merged into: its customers are linked there. Raises Http404."""
    incident = find_incident(public_id)
    return incident.merged_into or incident


def _link_one(request: StaffRequest, incident: Incident) -> HttpResponse:
    form = CustomerForm(request.POST)
    if not form.is_valid():
        return _customers_screen(request, incident, form, status=REFUSED)
    try:
        result = linking.link_customer(incident=incident, by=request.user, at=timezone.now(), **form.cleaned_data)
    except ValidationError as error:
        form.add_error(None, error)  # by field, as the action names them
        return _customers_screen(request, incident, form, status=REFUSED)
    _say(request, result)
    return redirect("support:customers", incident.public_id)


def _customers_screen(request: StaffRequest, incident: Incident, form: CustomerForm, status: int = 200):
    newest, latest = lookup.newest_words(incident)
    context = screen(
        request,
        "Affected customers",
        incident=incident,
        form=form,
        list_form=ListForm(initial=_offer(incident), auto_id="id_list_%s"),
        listing=Listing(incident, request.GET),
        latest=latest,
        withdrawn=mark_of(newest) if newest and newest.is_recalled else "",
        words=latest and answer(latest),
        lacking=linking.lacking_latest(incident),
    )
    return render(request, "support/customers.html", context, status=status)


def _offer(incident: Incident) -> dict:
    # Of what is over nobody wants to hear unasked.
    return {"tell_latest": incident.is_open}


@require_http_methods(["GET", "HEAD", "POST"])
@private
@staff_who_may(LINK)
@_gives_back_links
def customer_list(request: StaffRequest, public_id: str) -> HttpResponse:
    """Paste a list, see what was understood, link it. What is refused stays in the field."""
    incident = _going_on(public_id)
    form = ListForm(request.POST or None, initial=_offer(incident))
    if not form.is_valid():
        return _list_screen(request, incident, form, None)
    text = form.cleaned_data["text"]
    if "link" not in request.POST:
        return _list_screen(request, incident, form, Check(incident, text))
    result = linking.link_customers(incident=incident, by=request.user, at=timezone.now(), **form.cleaned_data)
    _say(request, result)
    if not result.refused:
        return redirect("support:customers", incident.public_id)
    left = as_text(result.refused)
    form = ListForm(initial=form.cleaned_data | {"text": left})
    return _list_screen(request, incident, form, Check(incident, left), status=REFUSED)


def _list_screen(request: StaffRequest, incident: Incident, form: ListForm, check: Check | None, status: int = 200):
    context = screen(request, "Link a list of customers", incident=incident, form=form, check=check)
    return render(request, "support/list.html", context, status=status)


def _say(request: StaffRequest, result: linking.Linked) -> None:
    if result.linked:
        messages.success(request, f"{_people(result.linked)} linked.{_told(result.told)}")
    if result.silent:
        messages.warning(
            request,
            f"{_people(result.silent)} of them will not be written to: they unsubscribed, we must not write to their "
            "address, or nothing can be sent to it. The list says why.",
        )
    if result.already:
        messages.info(request, f"{_people(result.already)} had been linked before; nothing changed for them.")


def _people(number: int) -> str:
    return "1 customer" if number == 1 else f"{number:,} customers"


def _told(number: int) -> str:
    return f" The latest update is on its way to {number:,}." if number else " They hear from the next update on."


@require_http_methods(["GET", "HEAD", "POST"])
@private
@staff_who_may(LINK)
def unlink(request: StaffRequest, public_id: str, pk: int) -> HttpResponse:
    """Ask, then unlink."""
    incident = find_incident(public_id)
    customer = get_object_or_404(AffectedCustomer.objects.select_related("subscriber"), incident=incident, pk=pk)
    if request.method != "POST":
        context = screen(request, "Unlink this customer?", incident=incident, customer=customer)
        return render(request, "support/unlink.html", context)
    linking.unlink_customer(customer=customer, by=request.user, at=timezone.now())
    messages.success(request, f"{customer.name} is not linked any more.")
    return redirect("support:customers", incident.public_id)


@require_POST
@private
@staff_who_may(LINK)
@gives_back("Nothing was sent.", "We do not know whether this is on its way.", _AGAIN)
def latest_update(request: StaffRequest, public_id: str) -> HttpResponse:
    """Send the latest update to the linked customers who do not have it; with `customer`, to that one."""
    incident = find_incident(public_id)
    customer = None
    if pk := request.POST.get("customer", ""):
        customer = get_object_or_404(AffectedCustomer, incident=incident, pk=int(pk) if pk.isdecimal() else 0)
    told = linking.tell_latest(incident=incident, customer=customer, by=request.user, at=timezone.now())
    if told:
        messages.success(request, f"The latest update is on its way to {_people(told)}.")
    else:
        messages.info(request, "Nobody was left to send it to: all who may be written to have it.")
    return go_back(request.POST.get("next", ""), default=reverse("support:customers", args=[incident.public_id]))


@read_only
@private
@staff_who_may(LINK)
def customer_deliveries(request: StaffRequest, pk: int) -> HttpResponse:
    """Everything that was sent to one address, and what was not and why. 404 for who may not look at it."""
    subscriber = looking.look(request, pk, at=timezone.now())
    found = lookup.person(subscriber, request.GET.get("page"))
    context = screen(request, found.name, person=found)
    return render(request, "support/customer.html", context)
