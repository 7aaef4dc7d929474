"""Single values that somebody types at a prompt: read one by one, so that all that is refused is said at once."""

import secrets
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeVar

from django.core.exceptions import ValidationError

from statuspage.lib.moments import MomentField

_MOMENT_MESSAGES = {
    "invalid": "Write 30m, 2h, or a time like 2026-11-21 14:30.",
    "twice": "%(clock)s comes twice that night. Write %(first_value)s for the first (%(first)s), %(second_value)s for "
    "the second (%(second)s).",
}
_LONGEST_KEY = 64
T = TypeVar("T")


class Reading:
    """Reads one value after another and keeps the messages of all that are refused, by field."""

    def __init__(self) -> None:
        self.refused: dict[str, list[str]] = {}

    def of(self, name: str, clean: Callable[[], T], otherwise: T) -> T:
        try:
            return clean()
        except ValidationError as error:
            self.refused[name] = error.messages
            return otherwise


def asked_moment(at: datetime) -> MomentField:
    """The field that reads a time later than `at`, with messages for a prompt."""
    asked = MomentField(required=False)
    asked.error_messages |= _MOMENT_MESSAGES
    asked.after = at
    return asked


def shown_moment(*, required: bool = False) -> MomentField:
    """The field that reads when something happened."""
    asked = MomentField(required=required)
    asked.error_messages |= _MOMENT_MESSAGES | {"invalid": "Write a time like 2026-11-21 14:30."}
    return asked


def one_of(given: str, choices: Iterable[str]) -> str:
    """Return what is given, one of `choices`. Raises ValidationError that names them."""
    named = ", ".join(choices)
    if not given:
        raise ValidationError(f"Choose from {named}.")
    if given not in choices:
        raise ValidationError(f"{given} is none of {named}.")
    return given


def key_of(given: str) -> str:
    """The idempotency key, made up where none is given."""
    if len(given) > _LONGEST_KEY:
        raise ValidationError(f"Shorten this to {_LONGEST_KEY} characters; it has {len(given)}.")
    return given or secrets.token_hex(16)
