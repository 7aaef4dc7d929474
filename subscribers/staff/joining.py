"""The doors of whoever cannot log in: a forgotten password, and the link that lets in."""

import time

from django.contrib import admin
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from incidents.access import REFUSED, private
from statuspage.lib import budgets, limits, tokens
from statuspage.lib.budgets import Budget
from statuspage.lib.client import network_of

from . import letting_in
from .people_forms import ForgottenForm, PasswordForm

_OF_NETWORK = Budget("forgotten-network", 10, 60)
_OF_NAME = Budget("forgotten-name", 3, 900)  # so many mails may somebody else have us send
_OF_ALL = Budget("forgotten", 30, 1)
_SAME = 0.3  # seconds that an answer takes: one that comes sooner would tell that nobody has this name
_BOTH = ["GET", "HEAD", "POST"]


@private
@require_http_methods(_BOTH)
def forgotten(request: HttpRequest) -> HttpResponse:
    """Send a link for a new password. The answer is the same whether anybody has this name."""
    form = ForgottenForm(request.POST or None)
    context = {**admin.site.each_context(request), "form": form}
    if not form.is_valid():
        return render(request, "staff/forgotten.html", context, status=REFUSED if form.is_bound else 200)
    if wait := budgets.counts.take(_OF_NETWORK, network_of(request.META)) or budgets.counts.take(_OF_ALL, "all"):
        answer = render(request, "staff/forgotten.html", context | {"wait": limits.in_words(wait)}, status=429)
        answer["Retry-After"] = limits.retry_after(wait)
        return answer
    until = time.monotonic() + _SAME
    _ask(form.cleaned_data["name"].strip())
    time.sleep(max(until - time.monotonic(), 0))
    return render(request, "staff/forgotten.html", context | {"is_asked": True})


def _ask(name: str) -> None:
    if not budgets.counts.take(_OF_NAME, tokens.keyed_hash(_OF_NAME.name, name.lower())[:32]):
        letting_in.ask_reset(name=name, at=timezone.now())


@sensitive_post_parameters()
@private
@require_http_methods(_BOTH)
def let_in(request: HttpRequest, token: str) -> HttpResponse:
    """Choose a password and be logged in. 404 for a link that has ended, was used or never was one."""
    message = letting_in.opened(token, at=timezone.now())
    if message is None or message.person is None:
        raise Http404
    form = PasswordForm(message.person, request.POST or None)
    if form.is_valid():
        password = form.cleaned_data["new_password1"]
        person = letting_in.let_in(message=message, password=password, at=timezone.now())
        if person is None:
            raise Http404
        login(request, person, backend="django.contrib.auth.backends.ModelBackend")
        return redirect("admin:index")
    context = {**admin.site.each_context(request), "form": form, "person": message.person}
    return render(request, "staff/let_in.html", context, status=REFUSED if form.is_bound else 200)
