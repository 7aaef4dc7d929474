"""The log-in page that asks for patience. Rendered once a process: a flood gets it a thousand times a second."""

import html
import math
import re
import time
from collections.abc import Mapping
from functools import cache

from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string

from statuspage.lib.limits import in_words

from . import cookies
from .brake import TURN_AFTER, Client

_HOLES = ("username", "next", "app_path", "csrf_token", "wait")


def refusal(request: HttpRequest, client: Client, seconds: float, typed: Mapping[str, str]) -> HttpResponse:
    """429 with the form as it was sent, but for the password, and a turn for whoever has none.

    `typed`: the fields that were read, none where there was no place to read them.
    """
    values = {
        "username": typed.get("username", "")[:150],
        "next": typed.get("next", ""),
        "app_path": request.get_full_path(),
        "csrf_token": get_token(request),
        "wait": in_words(seconds),
    }
    response = HttpResponse(
        re.sub(r"\[\[(\w+)\]\]", lambda hole: html.escape(values[hole[1]]), _page()),
        status=429,
        headers={"Retry-After": str(max(math.ceil(seconds), 1)), "Cache-Control": "private, no-store"},
    )
    if client.turn is None:
        cookies.give_turn(response, client.network, time.time() + TURN_AFTER)
    return response


@cache
def _page() -> str:
    """With [[holes]] where each answer differs."""
    request = HttpRequest()
    request.META["SCRIPT_NAME"] = ""
    request.user = AnonymousUser()
    holes = {name: f"[[{name}]]" for name in _HOLES}
    form = AdminAuthenticationForm(initial={"username": holes["username"]})
    context = {**admin.site.each_context(request), "title": "Log in", "user": request.user, "form": form, **holes}
    return render_to_string("admin/login.html", context)
