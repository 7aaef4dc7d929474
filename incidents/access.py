"""The way in for staff: who may open a screen. Each view says it in its first line; there is no other way in."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Concatenate, ParamSpec, TypeGuard

from django.contrib import admin
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django_htmx.middleware import HtmxDetails

from .models import Incident, Site

PUBLISH = "incidents.publish"
READ = "incidents.view_incident"
ANY_STAFF = ""  # in the place of a permission: what concerns nobody but whoever asks
REFUSED = 422  # a form that comes back with what is wrong beside its fields
private = cache_control(private=True, no_store=True)


P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]
StaffView = Callable[Concatenate["StaffRequest", P], HttpResponse]


class StaffRequest(HttpRequest):
    """A request behind `staff_who_may`, as our middlewares leave it."""

    user: User
    htmx: HtmxDetails


def staff_who_may(*permissions: str) -> Callable[[StaffView[P]], View[P]]:
    """Decorate a view for staff who hold one of `permissions`; it speaks and reads times in the page's zone.

    Anonymous people are asked to log in and come back, everybody else gets 403. A fragment that htmx asks for after
    the session ended leaves the page as it is and says so: what was typed stays.
    """

    def decorate(view: StaffView[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not _is_of_staff(request):
                return _ask_to_log_in(request, kwargs)
            if not any(one == ANY_STAFF or request.user.has_perm(one) for one in permissions):
                raise PermissionDenied
            with timezone.override(Site.load().zone):
                return _rendered(view(request, *args, **kwargs))

        return guarded

    return decorate


def _is_of_staff(request: HttpRequest) -> TypeGuard[StaffRequest]:
    return request.user.is_active and request.user.is_staff


def _rendered(response: HttpResponse) -> HttpResponse:
    """A template response is rendered late, when the page's zone would be gone."""
    return response.render() if hasattr(response, "render") else response


def _ask_to_log_in(request: HttpRequest, kwargs: Mapping[str, object]) -> HttpResponse:
    if HtmxDetails(request):
        back = page_with_fragment(request) or reverse("console:board")
        response = render(request, "console/_session_ended.html", {"back": back})
        response["HX-Retarget"], response["HX-Reswap"], response["HX-Reselect"] = "#session-note", "innerHTML", "*"
        return response
    return redirect_to_login(_page_of(request, kwargs), reverse("admin:login"))


def page_with_fragment(request: HttpRequest) -> str:
    """Path and query of the page of ours on which a fragment is asked for; empty where it does not say so."""
    try:
        return HtmxDetails(request).current_url_abs_path or ""
    except ValueError:  # no address at all
        return ""


def _page_of(request: HttpRequest, kwargs: Mapping[str, object]) -> str:
    """The screen to come back to: an address that only takes a POST belongs to the screen of its incident or
    bulletin."""
    match = request.resolver_match
    if request.method == "POST" and match and match.namespace == "console" and "public_id" in kwargs:
        of_bulletin = (match.url_name or "").startswith("bulletin")
        return reverse(f"console:{'bulletin' if of_bulletin else 'incident'}", args=[kwargs["public_id"]])
    return request.get_full_path()


def find_incident(public_id: str) -> Incident:
    """Return any incident or window, hidden ones too. Raises Http404."""
    return get_object_or_404(Incident.all_kinds, public_id=public_id)


def screen(request: HttpRequest, title: str, **context) -> dict:
    """Return what every screen needs to stand inside Django's admin."""
    return {**admin.site.each_context(request), "site": Site.load(), "title": title, **context}
