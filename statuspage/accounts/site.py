"""The site of the staff: Django's admin behind the brake."""

import threading
from functools import wraps

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.admin.exceptions import DisallowedModelAdminToField
from django.contrib.admin.options import TO_FIELD_VAR
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse

from statuspage import __version__
from statuspage.errors import too_many
from statuspage.lib import budgets

from . import cookies, page, record
from .brake import CHANGES, Client, Slow, Try

TRY = "statuspage.accounts.try"  # where the gate leaves in a WSGI environ what it let through
_TOO_MANY_CHANGES = "The old password was wrong too often. Nothing was changed; you stay logged in."
_BUSY = 1.0  # seconds after which a place for a check is free again
# So many strangers may be in here at once. Of three places in Django one: known browsers and those logged in need some.
_strangers = threading.BoundedSemaphore(2 if settings.WEB_PLACES > 3 else 1)


# By which a pop-up names what it gives back. Every relation of ours is by the key; Django 5.2 raises AttributeError for
# the name of a relation from elsewhere, and FieldDoesNotExist for an empty one.
_KEYS = {None, "id"}


class StaffSite(AdminSite):
    def admin_view(self, view, cacheable=False):
        """Answer 400 for a field to refer by that is no key."""
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def checked(request: HttpRequest, *args, **kwargs) -> HttpResponse:
            if {request.GET.get(TO_FIELD_VAR), request.POST.get(TO_FIELD_VAR)} - _KEYS:
                raise DisallowedModelAdminToField("We refer by the key alone.")
            return inner(request, *args, **kwargs)

        return checked

    def each_context(self, request: HttpRequest) -> dict:
        """Add the version that every staff screen shows in its foot."""
        return super().each_context(request) | {"statuspage_version": __version__}

    def login(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        """The page, and each try. 429 for one that comes too soon: the same for known and unknown names."""
        if request.method != "POST":
            nobody_yet = not get_user_model().objects.exists()
            return super().login(request, {**(extra_context or {}), "nobody_yet": nobody_yet})
        client = Client.of(request.META)
        try:
            attempt = request.META.get(TRY) or Try(client).begin()
            attempt.named(_name(request), known_user=_known_user(request, client))
            return self._check(request, attempt, extra_context)
        except Slow as slow:
            record.unwritten.add()
            return page.refusal(request, client, slow.seconds)

    def password_change(self, request: HttpRequest, extra_context=None) -> HttpResponse:  # type: ignore[override]  # or a redirect
        """Asks for the old password, which whoever finds an open session must not guess here either."""
        user = str(request.user.pk)
        if request.method == "POST" and (wait := budgets.counts.take(CHANGES, user)):
            return too_many(request, wait, _TOO_MANY_CHANGES)
        response = super().password_change(request, extra_context)
        if request.method == "POST" and response.status_code == 302:
            budgets.counts.give_back(CHANGES, user)
        return response

    def _check(self, request: HttpRequest, attempt: Try, extra_context) -> HttpResponse:
        if attempt.is_stranger and not _strangers.acquire(blocking=False):
            if attempt.waited:  # a flood of others does use up its tries by this
                attempt.give_back()
            raise Slow(_BUSY)
        try:
            response = super().login(request, extra_context)
        finally:
            if attempt.is_stranger:
                _strangers.release()
        if response.status_code == 302:
            attempt.give_back()
            record.logged_in(request.user, network=attempt.client.network)
            cookies.remember(response, request.user, attempt.client.known)
        else:
            record.refused(_name(request), network=attempt.client.network)
        return response


def _name(request: HttpRequest) -> str:
    return request.POST.get("username", "")


def _known_user(request: HttpRequest, client: Client):
    """Whoever has the name that was sent; not looked up for a stranger."""
    return get_user_model().objects.filter(username=_name(request)).first() if client.known else None
