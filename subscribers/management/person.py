"""An address as it is typed at a prompt."""

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError

from ..addresses import Address, normalise


def address(typed: str) -> Address:
    """As it is kept. Raises CommandError, in words, for what is none."""
    try:
        return normalise(typed)
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from None
