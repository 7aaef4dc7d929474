"""SMS through SMS_URL: many requests at once to one gateway, whichever it is."""

from functools import partial

from django.conf import settings

from .. import Transport
from ..blocking import OneByOne
from ..kept_pool import KeptPool
from ..outbox import files
from ..pool import TransportPool
from .gateway import Gateway
from .urls import gateway_of

kept = KeptPool()


def transport() -> Transport:
    """The channel's contract: see the package."""
    if (gateway := gateway_of(settings.SMS_URL)) is None:
        return OneByOne(files.keep_sms)
    return kept.get((gateway, settings.SMS_REQUESTS), partial(_to_gateway, gateway, settings.SMS_REQUESTS))


def _to_gateway(gateway: Gateway, at_once: int) -> TransportPool:
    from .requests import GatewayClient  # of whoever sends: aiohttp is a tenth of the start of every other process

    client = GatewayClient(gateway, at_once)
    return TransportPool(client.carry, lambda: at_once, client.close)
