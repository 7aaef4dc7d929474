"""The public doors. Each makes one call into page/ and shows what it got; none looks at session, user or cookie."""

import re
from threading import BoundedSemaphore

from django.http import Http404, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext

from statuspage.lib import language
from statuspage.lib.ids import PATTERN
from statuspage.lib.methods import read_only
from statuspage.lib.public import public, this_minute

from .models import Bulletin, Component, Incident, Site
from .page import bulletins as announcements
from .page import component as components
from .page import history as months
from .page import incident as incidents
from .page import logo as logos
from .page import overview
from .page import search as searches

# How many a process looks for at once: fewer than WEB_PLACES, and whoever comes then is told so instead of waiting.
_searching = BoundedSemaphore(2)


@public
@Site.speaking()
def page(request):
    return _show("public/page.html", overview.build(at=this_minute()))


@public
@Site.speaking()
def incident(request, public_id):
    try:
        return _show("public/incident.html", incidents.build(public_id, at=this_minute()))
    except Incident.DoesNotExist:
        raise Http404 from None


@public
@Site.speaking()
def incident_short(request, code):
    try:
        return _show("public/incident.html", incidents.build_short(code, at=this_minute()))
    except Incident.DoesNotExist:
        raise Http404 from None


@public
@Site.speaking()
def component(request, public_id):
    try:
        return _show("public/component.html", components.build(public_id, at=this_minute()))
    except Component.DoesNotExist:
        raise Http404 from None


@public
@Site.speaking()
def history(request, month=None, part=1):
    try:
        return _show("public/history.html", months.build(month, part=part, at=this_minute()))
    except ValueError:
        raise Http404 from None


@read_only
def search(request):
    """Not the same for everybody, so not the edge's: in places of its own, that a crowd of it takes no others."""
    if not _searching.acquire(blocking=False):
        return _busy()
    try:
        return _searched(request)
    finally:
        _searching.release()


@Site.speaking()
def _searched(request):
    found = searches.build(_wanted(request.GET), at=this_minute())
    response = _show("public/search.html", found)
    response["Cache-Control"] = "no-store"
    response.status_code = 400 if found.wanted.error else 200
    return response


def _wanted(asked) -> searches.Wanted:
    """What cannot be meant counts as not asked: unseen signs, an id that is none, a part that is no number."""
    part = asked.get("part", "")
    number = int(part) if re.fullmatch(r"[0-9]{1,3}", part) else 1
    where = asked.get("where", "")
    return searches.Wanted(
        words="".join(filter(str.isprintable, " ".join(asked.get("q", "").split()))),
        where=where if PATTERN.fullmatch(where) else "",
        part=min(max(number, 1), searches.MOST_PARTS),
    )


def _busy() -> HttpResponse:
    """A plain 503 without a look into the database."""
    with language.speaking(language.known()):
        words = gettext("Many people are searching just now. Please try again in a few seconds.")
    headers = {"Retry-After": "5", "Cache-Control": "no-store"}
    return HttpResponse(f"{words}\n", status=503, content_type="text/plain; charset=utf-8", headers=headers)


@public
@Site.speaking()
def bulletin(request, public_id):
    try:
        return _show("public/bulletin.html", announcements.build(public_id, at=this_minute()))
    except Bulletin.DoesNotExist:
        raise Http404 from None


@public
@Site.speaking()
def bulletins(request, year=None, part=1):
    try:
        return _show("public/bulletins.html", announcements.build_year(year, part=part, at=this_minute()))
    except ValueError:
        raise Http404 from None


@public
def logo(request):
    try:
        picture = logos.load()
    except Site.DoesNotExist:
        raise Http404 from None
    headers = {"Content-Security-Policy": logos.POLICY, "X-Content-Type-Options": "nosniff"}
    return HttpResponse(picture.content, content_type=picture.content_type, headers=headers)


def _show(template, page) -> HttpResponse:
    """Rendered without the request, so that nothing of the reader can get into a public answer."""
    return HttpResponse(render_to_string(template, {"page": page, "site": page.site}))
