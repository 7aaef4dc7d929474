"""The health for load balancers and monitors: does the process live, can it work, how far behind are the notices."""

import logging

from django.db import Error
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache

from statuspage import __version__
from statuspage.lib.methods import read_only

logger = logging.getLogger(__name__)


@read_only
@never_cache
def alive(request: HttpRequest) -> HttpResponse:
    """The process answers. Asks nobody, so that a slow database restarts no web process."""
    return HttpResponse("ok\n", content_type="text/plain")


@read_only
@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """Answer 200 with the version and the age of the oldest notice that is due, in seconds; 503 when the database does
    not answer.

    What was announced and is not yet a row for each reader is due too: so it looks while nobody works.

    `sending` is "open", or says why nothing leaves this database: "off", "moved", "older", "copy".

    What somebody paused is not late; `pauses` says how many of them hold something back, `providers_down` on which
    channels nothing is taken, `providers_refusing` on which of them the provider does answer, so that we have to mend
    something, `channels_not_offered` which have no provider at all.
    `incoming_messages_open`: what people wrote to us and nobody has looked at.

    Late notices alone are no 503: taking the page away helps nobody who waits for a mail.
    """
    try:
        late = _lateness()
    except Error:
        logger.exception("The database does not answer")
        return JsonResponse({"database": "unreachable"}, status=503)
    return JsonResponse({"version": __version__, "database": "ok"} | late)


def _lateness() -> dict:
    from subscribers import offering
    from subscribers.board.board import late_seconds
    from subscribers.delivery.copies import fence
    from subscribers.models import Breaker, IncomingMessage, Pause

    down = list(Breaker.objects.order_by("channel"))
    return {
        "oldest_due_seconds": late_seconds(),
        "pauses": Pause.objects.open().count(),
        "sending": fence.standing().kind,
        "providers_down": [breaker.channel for breaker in down],
        "providers_refusing": [breaker.channel for breaker in down if breaker.is_refusal],
        "channels_not_offered": offering.missing(),
        "incoming_messages_open": IncomingMessage.objects.open().count(),
    }
