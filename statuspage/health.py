"""For load balancers and monitors: does the process live, can it work, how far behind are the notices."""

import logging

from django.db import Error
from django.db.models import DurationField, ExpressionWrapper, Min
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache

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
    """200 with the age of the oldest notice that is due, in seconds; 503 when the database does not answer.

    Late notices alone are no 503: taking the page away helps nobody who waits for a mail.
    """
    try:
        age = _oldest_due_seconds()
    except Error:
        logger.exception("The database does not answer")
        return JsonResponse({"database": "unreachable"}, status=503)
    return JsonResponse({"database": "ok", "oldest_due_seconds": age})


def _oldest_due_seconds() -> float:
    """By the database's clock; 0 when nothing is due."""
    from subscribers.models import Delivery

    age = ExpressionWrapper(Now() - Min("visible_at"), output_field=DurationField())
    waited = Delivery.objects.due().aggregate(age=age)["age"]
    return round(waited.total_seconds(), 1) if waited else 0
