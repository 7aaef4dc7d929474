"""The public doors. Each makes one call into page/ and shows what it got; none looks at session, user or cookie."""

from functools import wraps

from django.http import Http404, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.cache import get_conditional_response, set_response_etag
from django.views.decorators.http import require_safe

from .models import Incident
from .page import feeds, overview
from .page import history as months
from .page import incident as incidents

CACHE_CONTROL = "public, max-age=10, stale-while-revalidate=60, stale-if-error=86400"


def public(view):
    """Mark an answer as the same for everybody: cacheable, with an ETag, GET and HEAD only."""

    @require_safe
    @wraps(view)
    def answer(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = CACHE_CONTROL
        set_response_etag(response)
        return get_conditional_response(request, etag=response["ETag"], response=response)

    return answer


@public
def page(request):
    return _show("public/page.html", overview.build(at=_this_minute()))


@public
def incident(request, public_id):
    try:
        return _show("public/incident.html", incidents.build(public_id, at=_this_minute()))
    except Incident.DoesNotExist:
        raise Http404 from None


@public
def history(request, month=None):
    try:
        return _show("public/history.html", months.build(month, at=_this_minute()))
    except ValueError:
        raise Http404 from None


@public
def rss(request):
    return HttpResponse(feeds.rss(at=_this_minute()), content_type=feeds.Rss.content_type)


@public
def atom(request):
    return HttpResponse(feeds.atom(at=_this_minute()), content_type=feeds.Atom.content_type)


def _show(template, page) -> HttpResponse:
    """Rendered without the request, so that nothing of the reader can get into a public answer."""
    return HttpResponse(render_to_string(template, {"page": page, "site": page.site}))


def _this_minute():
    """The page speaks in minutes: within one the same facts are the same bytes, and the ETag holds."""
    return timezone.now().replace(second=0, microsecond=0)
