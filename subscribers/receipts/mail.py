"""The door for a mail provider's reports. anymail reads them, once it has made sure who speaks."""

import hmac
import logging
from base64 import b64encode
from functools import lru_cache
from importlib import import_module

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from ..channels.email import dsn
from ..channels.reports import Event, Report
from ..channels.verdicts import Verdict
from ..delivery import reports
from .reading import door, reading

logger = logging.getLogger(__name__)
# anymail's words. What is not here (queued, opened, clicked, ...) changes nothing.
_EVENTS = {
    "delivered": Event.DELIVERED,
    "deferred": Event.DELAYED,
    "bounced": Event.BOUNCED,
    "rejected": Event.BOUNCED,
    "failed": Event.FAILED,
    "complained": Event.COMPLAINED,
    "unsubscribed": Event.UNSUBSCRIBED,
}
# Why it came back, where the recipient's mail server said nothing that we could read.
_REJECTIONS = {
    "bounced": Verdict.ADDRESS_DEAD,
    "invalid": Verdict.ADDRESS_DEAD,
    "blocked": Verdict.WE_ARE_REFUSED,
    "spam": Verdict.CONTENT_REFUSED,
    "timed_out": Verdict.ADDRESS_UNWELL,
}


@door("POST")
def mail(request: HttpRequest) -> HttpResponse:
    """404 without a provider and ANYMAIL_WEBHOOK_SECRET; 403 without the secret, before the body is looked at; 400
    without a signature where the provider signs. A report of what we do not know, or know already, is taken and
    changes nothing."""
    if not (settings.EMAIL_BACKEND.startswith("anymail.") and settings.ANYMAIL.get("WEBHOOK_SECRET")):
        raise Http404
    if not _knows_the_secret(request):
        raise PermissionDenied
    with reading(request, most=settings.DATA_UPLOAD_MAX_MEMORY_SIZE):
        return _view(settings.EMAIL_BACKEND.split(".")[2])(request)


def _knows_the_secret(request: HttpRequest) -> bool:
    """Check the secret by HTTP's basic authentication, for whatever provider."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    expected = b64encode(settings.ANYMAIL["WEBHOOK_SECRET"].encode())
    return scheme.lower() == "basic" and hmac.compare_digest(given.strip().encode(), expected)


@lru_cache(maxsize=2)
def _view(name: str):
    """anymail's view for the provider `name`. It is imported only where it is used: it is an extra."""
    from anymail.signals import tracking

    tracking.connect(_receive, dispatch_uid="receipts")
    module = import_module(f"anymail.webhooks.{name}")
    found = [part for part in vars(module) if part.endswith("TrackingWebhookView")]
    return getattr(module, found[0]).as_view()


def _receive(sender, event, esp_name, **kwargs) -> None:
    """One of perhaps many that came together: a fault of its own must not keep the others from us."""
    try:
        if report := _read(event):
            reports.receive(report, at=timezone.now())
    except (DataError, ValueError, LookupError, TypeError, AttributeError) as error:
        logger.warning("One report of a mail provider cannot be taken: %r", error)


def _read(event) -> Report | None:
    """One of anymail's events, if it is about a delivery of ours."""
    found, number = _EVENTS.get(event.event_type), str((event.metadata or {}).get("delivery", ""))
    if found is None or not (number.isascii() and number.isdecimal()):
        return None
    words = " ".join(str(event.mta_response or event.description or event.reject_reason or "").split())
    verdict = _verdict(event) if found is Event.BOUNCED else Verdict.UNKNOWN
    return Report(int(number), found, words, str(event.message_id or ""), verdict)


def _verdict(event) -> Verdict:
    """Return the verdict by the mail server's words where there are any: a provider calls whatever is final a hard
    bounce."""
    said = str(event.mta_response or "")
    verdict = dsn.verdict_of(said)
    if verdict is Verdict.UNKNOWN and not dsn.speaks_in_codes(said):
        return _REJECTIONS.get(event.reject_reason, verdict)
    return verdict
