"""The account of the first administrator, made by whoever holds the link."""

from http import HTTPStatus

from django import forms
from django.contrib import admin
from django.contrib.auth import login
from django.contrib.auth.forms import BaseUserCreationForm
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from incidents.audit_verbs import AuditVerb
from incidents.models import AuditEvent, Site
from statuspage.lib.form_fields import explain_passwords

from . import link


class AccountForm(BaseUserCreationForm):
    email = forms.EmailField(label="E-mail", help_text="Yours. Where we write to you when something needs you.")

    class Meta:
        model = User
        fields = ("username", "first_name", "last_name", User.EMAIL_FIELD)
        help_texts = {"username": "What you log in with."}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        explain_passwords(self, "password1", "password2")

    def save(self, commit: bool = True) -> User:
        user = super().save(commit=False)
        user.is_staff = user.is_superuser = True
        if commit:
            user.save()
        return user


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def setup(request: HttpRequest, token: str) -> HttpResponse:
    """Make the first administrator and log them in. 404 for a link that has ended, was used or never was one."""
    if not link.is_good(token, at=timezone.now()):
        context = {**admin.site.each_context(request), "has_users": link.is_void()}
        return render(request, "setup/void.html", context, status=HTTPStatus.NOT_FOUND)
    form = AccountForm(request.POST or None)
    if form.is_valid() and (user := _make(form)):
        login(request, user)
        return redirect("setup:checklist")
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return render(request, "setup/account.html", {**admin.site.each_context(request), "form": form}, status=status)


@transaction.atomic
def _make(form: AccountForm) -> User | None:
    """Return the user; None where somebody else with the link was quicker."""
    Site.load()
    Site.objects.select_for_update().get(pk=1)
    if link.is_void():
        form.add_error(None, "Somebody has used this link meanwhile. Log in, or ask them for an account.")
        return None
    user = form.save()
    AuditEvent.record(AuditVerb.SET_UP, user, by=user, at=user.date_joined)
    return user
