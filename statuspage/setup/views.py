"""The screens of an administrator who sets the page up."""

from http import HTTPStatus

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from incidents.access import StaffRequest, screen, staff_who_may
from incidents.actions import pasted
from statuspage.lib.given_back import gives_back
from statuspage.lib.methods import read_only

from . import sender
from .checklist import items

_SET_UP = "incidents.change_site"


@staff_who_may(_SET_UP)
@read_only
def checklist(request: StaffRequest) -> HttpResponse:
    found = items(request.user)
    left = sum(not one.is_done for one in found)
    return render(request, "setup/checklist.html", screen(request, "Setting up", items=found, left=left))


class SelectorForm(forms.Form):
    selector = forms.RegexField(
        r"^[A-Za-z0-9]([A-Za-z0-9_.-]{0,62}[A-Za-z0-9])?$",
        required=False,
        label="DKIM selector",
        help_text="The relay's settings name it; in a mail that came back it is s= of the DKIM-Signature.",
    )


@staff_who_may(_SET_UP)
@read_only
def sender_domain(request: StaffRequest) -> HttpResponse:
    """Ask the name servers about the domain of MAIL_FROM. Takes some seconds where they do not answer."""
    form = SelectorForm(request.GET)
    selector = form.cleaned_data["selector"] if form.is_valid() else ""
    domain = sender.domain()
    records = sender.look_up(domain, selector=selector)
    context = screen(request, "The sender's domain", domain=domain, records=records, form=form)
    return render(request, "setup/sender.html", context)


class ComponentsForm(forms.Form):
    text = forms.CharField(
        label="Groups and components",
        strip=False,
        widget=forms.Textarea(attrs={"rows": 16, "spellcheck": "true"}),
        error_messages={"required": "Paste or type at least one component."},
        help_text="One component a line. A line that ends with a colon begins a group. What stands behind | explains a "
        "component to customers.",
    )


@staff_who_may("incidents.add_component")
@require_http_methods(["GET", "HEAD", "POST"])
@gives_back(
    "Nothing was added.",
    "We do not know whether this was added.",
    "Press “Try again” once it answers: what is there already is not added twice.",
    text="Groups and components",
)
def components(request: StaffRequest) -> HttpResponse:
    """Add what is pasted, or show what it would add. What is there already stays as it is."""
    form, plan = ComponentsForm(request.POST or None), None
    if form.is_valid():
        try:
            plan = pasted.read(form.cleaned_data["text"])
            if "add" in request.POST:
                added = pasted.add(plan, by=request.user, at=timezone.now())
                messages.success(request, f"Added: {added}. The page shows them now.")
                return redirect("setup:checklist")
        except ValidationError as error:
            form.add_error("text", error)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    context = screen(request, "Add components", form=form, plan=plan)
    return render(request, "setup/components.html", context, status=status)
