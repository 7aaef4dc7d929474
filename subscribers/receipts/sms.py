"""The doors for what an SMS gateway tells: what became of a message, and what people write to our number."""

import json
import logging
import re
from collections.abc import Mapping

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from statuspage.lib.text import storable

from ..addresses import normalise
from ..channels import Unavailable
from ..channels.sms import callbacks
from ..channels.sms.gateway import Gateway, Said
from ..channels.sms.urls import gateway_of
from ..delivery import reports
from ..enums import Channel
from ..people import inbound_sms
from ..people import incoming as unread
from .reading import door, reading

log = logging.getLogger(__name__)
_SIGNATURE = "X-Twilio-Signature"
_LARGEST_BODY = 250_000  # bytes
_LONGEST_FIELD = 4_000  # characters
_SCHEME = re.compile(r"^(whatsapp|rcs|tel|sms):", re.IGNORECASE)
_BETWEEN_DIGITS = re.compile(r"[\s().\-/]")
_INTERNATIONAL = re.compile(r"[1-9][0-9]{6,14}")


@door("GET", "POST")  # Kannel and Jasmin may GET
def report(request: HttpRequest, token: str) -> HttpResponse:
    """Take the report on one message. Answers 404 without a gateway; 403 unless the address is signed, and the report
    too where the gateway signs."""
    gateway, delivery_id = _gateway(request), callbacks.read(token)
    if delivery_id is None:
        raise PermissionDenied
    with reading(request, most=_LARGEST_BODY):
        told = gateway.report(_genuine(gateway, request), delivery_id)
    if told:
        reports.receive(told, at=timezone.now())
    if gateway.taken is None:
        return HttpResponse(status=204)
    return HttpResponse(gateway.taken, content_type="text/plain")


@door("GET", "POST")
def incoming(request: HttpRequest) -> HttpResponse:
    """An SMS to our number. 404 without a gateway; 403 unless the gateway signs, or shows ?key= as `manage.py receipts`
    prints it."""
    gateway = _gateway(request)
    if not gateway.signs and not callbacks.is_incoming_key(request.GET.get("key", "")):
        raise PermissionDenied
    with reading(request, most=_LARGEST_BODY):
        said = gateway.said(_genuine(gateway, request))
    answer = _heard(said, is_signed=gateway.signs)
    reply = gateway.answer("" if said.is_answered else answer)
    return HttpResponse(reply.body, content_type=reply.content_type)


def _heard(said: Said, *, is_signed: bool) -> str:
    """Our answer. Of a short code or a name, which nobody could answer, whatever it says is for a person to read."""
    at = timezone.now()
    try:
        address = _sender(said.sender)
    except ValidationError:
        log.warning("An SMS was not heard: its sender is no phone number that we can read (%s).", _shape(said.sender))
        if said.sender.strip() or said.text.strip():
            unread.keep(channel=Channel.SMS, address=said.sender, text=said.text, provider_id=said.provider_id, at=at)
        return ""
    return inbound_sms.hear(address=address, text=said.text, provider_id=said.provider_id, is_signed=is_signed, at=at)


def _sender(text: str) -> str:
    """The E.164 number of an SMS's sender. Raises ValidationError where it is none.

    A gateway's numbers are international, also those without a "+": in a form, an unescaped one is a space.
    """
    text = _SCHEME.sub("", text.strip())
    bare = _BETWEEN_DIGITS.sub("", text)
    return normalise(f"+{bare}" if _INTERNATIONAL.fullmatch(bare) else text, Channel.SMS).address


def _shape(sender: str) -> str:
    """Return what a log may say of a number: how it is written, each digit as 9 and each letter as a."""
    return "".join("9" if char.isdigit() else "a" if char.isalpha() else char for char in sender[:30])


def _cleaned(fields: Mapping[str, str]) -> dict[str, str]:
    """Return the values as a database takes them; to be used after the signature, which is of what was posted."""
    return {name: storable(value, _LONGEST_FIELD) for name, value in fields.items()}


def _gateway(request: HttpRequest) -> Gateway:
    """Whoever calls. Raises Http404 where there is none, PermissionDenied for a call without the signature it needs."""
    try:
        gateway = gateway_of(settings.SMS_URL)
    except Unavailable:
        gateway = None
    if gateway is None:
        raise Http404
    if gateway.signs and _SIGNATURE not in request.headers:
        raise PermissionDenied
    return gateway


def _genuine(gateway: Gateway, request: HttpRequest) -> dict[str, str]:
    """Return what was posted, cleaned. Raises PermissionDenied where the gateway signs and did not sign this. The
    address is as seen from outside: under SITE_URL, whatever the proxy makes of it."""
    signature = request.headers.get(_SIGNATURE, "")
    fields = _fields(request)
    if not gateway.is_genuine(settings.SITE_URL + request.get_full_path(), fields, signature):
        raise PermissionDenied
    return _cleaned(fields)


def _fields(request: HttpRequest) -> dict[str, str]:
    """Return the fields of a query, a form or a JSON object; empty for anything else that can be read."""
    if request.method == "GET":
        return request.GET.dict()
    if request.content_type != "application/json":
        return request.POST.dict()
    found = json.loads(request.body)
    return {name: str(value) for name, value in found.items()} if isinstance(found, dict) else {}
