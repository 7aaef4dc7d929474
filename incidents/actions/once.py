"""Once per request key: a second click and a retry return what the first attempt wrote, and write nothing."""

from collections.abc import Callable
from typing import TypeVar

from django.db import IntegrityError, transaction

from ..models import Bulletin, IncidentUpdate, UpdateRevision
from .errors import KeyReused

Keyed = TypeVar("Keyed", IncidentUpdate, Bulletin, UpdateRevision)


def once(model: type[Keyed], request_key: str | None, digest: str, write: Callable[[], Keyed]) -> Keyed:
    """Run `write` in a transaction, once per `request_key`. Raises KeyReused for the same key with other content."""
    if done := earlier(model, request_key, digest):
        return done
    try:
        with transaction.atomic():
            return write()
    except IntegrityError:  # Lost the race against our own twin, or a real fault: then there is no twin.
        if done := earlier(model, request_key, digest):
            return done
        raise


def earlier(model: type[Keyed], request_key: str | None, digest: str) -> Keyed | None:
    """Return what was written under `request_key`; None for a new key. Raises KeyReused as `once` does."""
    if not request_key:
        return None
    found: Keyed | None = model._default_manager.filter(request_key=request_key).first()
    if found and found.request_digest != digest:
        raise KeyReused
    return found
