"""The context of every template, and the zone in which Django's admin speaks of times and days."""

import contextlib

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from .models import Site


def site(request) -> dict:
    """`site`: the brand and the clock of the page; no query unless a template asks."""
    return {"site": SimpleLazyObject(Site.load)}


_SPEAKS_ITS_ZONE = "speaks_the_pages_zone"


class ZoneOfTheAdminMiddleware:
    """Django's admin shows, filters and reads times by the page's zone; the console's screens see to it themselves."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            return self.get_response(request)
        finally:
            if getattr(request, _SPEAKS_ITS_ZONE, False):
                timezone.deactivate()

    def process_view(self, request: HttpRequest, view, args, kwargs) -> None:
        if request.resolver_match and request.resolver_match.namespace == "admin":
            with contextlib.suppress(DatabaseError):  # the view will meet it too, and knows what to say
                timezone.activate(Site.load().zone)
                setattr(request, _SPEAKS_ITS_ZONE, True)
