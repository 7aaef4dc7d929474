"""The public doors. Each makes one call into page/ and shows what it got; none looks at session, user or cookie."""

from django.http import Http404, HttpResponse
from django.template.loader import render_to_string

from statuspage.lib.public import public, this_minute

from .models import Bulletin, Component, Incident, Site
from .page import bulletins as announcements
from .page import component as components
from .page import history as months
from .page import incident as incidents
from .page import logo as logos
from .page import overview


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
