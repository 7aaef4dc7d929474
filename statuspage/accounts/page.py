"""The log-in page that asks for patience. Rendered once a process: a flood gets it a thousand times a second."""

import html
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

from statuspage.lib.limits import in_words, retry_after

from . import cookies
from .brake import TURN_AFTER, Client

_HOLES = ("username", "next", "app_path", "csrf_token", "wait")


def refusal(request: HttpRequest, client: Client, seconds: float) -> HttpResponse:
    """429 with the form as it was sent, but for the password, and a turn for whoever has none."""
    content = filled(request.POST, request.get_full_path(), get_token(request), seconds)
    response = HttpResponse(content, status=429, headers={"Cache-Control": "private, no-store"})
    response["Retry-After"] = retry_after(seconds)
    if client.turn is None:
        cookies.give_turn(response, client.network, time.time() + TURN_AFTER)
    return response


def filled(typed: Mapping[str, str], path: str, csrf_token: str, seconds: float) -> str:
    """The page. `typed`: the fields that were sent; `path`: where the form goes."""
    values = {
        "username": typed.get("username", "")[:150],
        "next": typed.get("next", "")[:1000],
        "app_path": path,
        "csrf_token": csrf_token,
        "wait": in_words(seconds),
    }
    return re.sub(r"\[\[(\w+)\]\]", lambda hole: html.escape(values[hole[1]]), _page())


@cache
def _page() -> str:
    """Return the page with [[holes]] where each answer differs."""
    request = HttpRequest()
    request.META["SCRIPT_NAME"] = ""
    request.user = AnonymousUser()
    holes = {name: f"[[{name}]]" for name in _HOLES}
    form = AdminAuthenticationForm(initial={"username": holes["username"]})
    context = {**admin.site.each_context(request), "title": "Log in", "user": request.user, "form": form, **holes}
    return render_to_string("admin/login.html", context)
