"""The address to which a gateway reports: it names one delivery and is signed, so that nobody else can report on it."""

from functools import lru_cache
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse

from statuspage.lib import tokens
from statuspage.lib.hosts import is_here

_REPORT, _INCOMING = "sms report", "sms incoming"


def are_reachable() -> bool:
    """Whether a gateway may be given an address of ours: over https, or on this machine."""
    return _are_reachable(settings.SITE_URL)


@lru_cache(maxsize=2)
def _are_reachable(site_url: str) -> bool:
    parts = urlsplit(site_url)
    return parts.scheme == "https" or is_here(parts.hostname)


def address_of(delivery_id: int) -> str:
    return f"{settings.SITE_URL}{_before()}{tokens.make(_REPORT, delivery_id)}/"


@lru_cache(maxsize=1)
def _before() -> str:
    """A reverse for each of thousands of messages a second would be the largest cost of a request."""
    return reverse("subscribers:receipt-sms", args=["token"]).removesuffix("token/")


def read(token: str) -> int | None:
    """The delivery that a report is about; None for a token that is not ours."""
    match tokens.read(_REPORT, token):
        case (delivery_id,):
            return delivery_id
    return None


def incoming_key() -> str:
    """The secret of the address for incoming SMS, for a gateway that does not sign."""
    return tokens.make(_INCOMING, 1)


def is_incoming_key(key: str) -> bool:
    return tokens.read(_INCOMING, key) == (1,)
