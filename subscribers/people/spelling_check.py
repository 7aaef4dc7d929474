"""Addresses as they are kept, compared with what can be typed."""

from collections.abc import Iterator
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db.models import Model

from ..addresses import Address, normalise
from ..enums import Channel
from ..models import Subscriber
from ..spellings import earlier
from .erasing import kept_by_address


class Doubt(NamedTuple):
    """A kept address, and why somebody should look at it."""

    kept: Address
    why: str


def is_kept(address: Address) -> bool:
    """Whether anything is, the person or a suppression for instance."""
    return any(model._default_manager.filter(**address._asdict()).exists() for model in _models())


def doubts() -> list[Doubt]:
    """Return the doubts in all that is kept, sorted. Which others were typed with another letter nobody can tell: see
    `spellings`."""
    return sorted({doubt for address in _all() if (doubt := _doubt(address))})


def _doubt(address: Address) -> Doubt | None:
    if why := _why_not(address):
        return Doubt(address, why)
    before = earlier(address)
    if before and is_kept(before):
        return Doubt(before, f"{address.address}, which was written so once, is kept too")
    return None


def _models() -> list[type[Model]]:
    models: list[type[Model]] = [Subscriber, *kept_by_address()]
    return [model for model in models if hasattr(model, "channel")]


def _all() -> Iterator[Address]:
    for model in _models():
        rows = model._default_manager.order_by().values_list("channel", "address")
        for channel, text in rows.iterator(chunk_size=5_000):
            yield Address(Channel(channel), text)


def _why_not(address: Address) -> str:
    """Return why an address cannot be typed; empty where it can."""
    try:
        again = normalise(address.address, address.channel)
    except ValidationError as error:
        return " ".join(error.messages)
    return "" if again == address else f"It would be kept as {again.address}"
