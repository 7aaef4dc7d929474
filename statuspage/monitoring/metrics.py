"""The ledger for Prometheus, in its text format. Off unless METRICS_TOKEN is set, and then for its bearer alone:
behind a proxy everybody comes from loopback, so an address proves nothing."""

import hmac
from collections.abc import Iterator

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from statuspage import __version__
from statuspage.lib.methods import read_only

_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_HELP = {
    "statuspage_build_info": "Always 1; the label says which version this process runs.",
    "statuspage_deliveries": "Waiting deliveries (deferred: put off by their provider), and the settled "
    "ones of the last day's announcements.",
    "statuspage_deliveries_per_second": "Of the last day's announcements: sent over the last minute.",
    "statuspage_seconds_left": "Until nothing of them waits, at that pace; not there while nothing moves.",
    "statuspage_deliveries_possibly_doubled": "Of the last day's announcements: tried again after an unknown outcome.",
    "statuspage_oldest_due_seconds": "How long the oldest delivery that is due and not paused has waited, or an "
    "announcement whose readers are not all listed.",
    "statuspage_publish_to_first_send_seconds": "Of the day's newest announcement of which anything was sent.",
    "statuspage_pauses": "Pauses that hold something back now.",
    "statuspage_provider_down": "1 where the channel's provider took nothing at the last look and is left alone.",
    "statuspage_provider_refuses": "1 where it does answer, and takes nothing from us: there is something to mend.",
    "statuspage_sending": "0 where nothing leaves this database: restored, copied, or SENDING=0.",
    "statuspage_channel_offered": "0 where the channel has no provider, so that nobody is told by it.",
    "statuspage_incoming_messages_open": "What people wrote and nobody has marked as done.",
    "statuspage_page_version": "Raised with every change that the public can see.",
}


@read_only
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Every figure as a gauge; 404 where it is off, 401 for a wrong token."""
    if not settings.METRICS_TOKEN:
        raise Http404
    given = request.headers.get("Authorization", "").encode()
    if not hmac.compare_digest(given, f"Bearer {settings.METRICS_TOKEN}".encode()):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    return HttpResponse("".join(_lines()), content_type=_TYPE)


def _lines() -> Iterator[str]:
    from subscribers.board.metrics import figures

    told = set()
    build = ("statuspage_build_info", {"version": __version__}, 1)
    for name, labels, value in (build, *figures(at=timezone.now())):
        if name not in told:
            told.add(name)
            yield f"# HELP {name} {_HELP[name]}\n# TYPE {name} gauge\n"
        said = ",".join(f'{key}="{label}"' for key, label in labels.items())  # words of our own, nothing to escape
        yield f"{name}{{{said}}} {value}\n" if said else f"{name} {value}\n"
