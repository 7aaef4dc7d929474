"""SMS through SMS_URL: many requests at once to one gateway, whichever it is."""

from functools import partial

from django.conf import settings

from .. import Carrier
from ..blocking import OneByOne
from ..outbox import files
from ..pool import Crew, Kept
from .gateway import Gateway
from .urls import gateway_of

kept = Kept()


def carrier() -> Carrier:
    """The channel's contract: see the package."""
    if (gateway := gateway_of(settings.SMS_URL)) is None:
        return OneByOne(files.keep_sms)
    return kept.get((gateway, settings.SMS_REQUESTS), partial(_to_gateway, gateway, settings.SMS_REQUESTS))


def _to_gateway(gateway: Gateway, at_once: int) -> Crew:
    from .requests import Desk  # of whoever sends: aiohttp is a tenth of the start of every other process

    desk = Desk(gateway, at_once)
    return Crew(desk.carry, lambda: at_once, desk.close)
