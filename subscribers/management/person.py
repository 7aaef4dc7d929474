"""An address as it is typed at a prompt."""

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError

from ..addresses import Address
from ..people.spelling_check import is_kept
from ..spellings import kept_as


def address(typed: str) -> Address:
    """Return the address as it is kept. Raises CommandError, in words, for what is none, and for what is kept only as
    it was written once: that may be somebody else's, and is for the person at the prompt to decide."""
    try:
        today, *before = kept_as(typed)
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from None
    for one in before:
        if is_kept(one) and not is_kept(today):
            raise CommandError(
                f"Nothing is kept of {today.address}. {one.address} is kept: this address was written so once, and it "
                f"is also an address of its own. If you know whose it is, give it as {one.address}."
            )
    return today
