"""The refusals of the actions as lines at a prompt: each names the option that mends it."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError

from incidents.actions.words import SAID

from . import terminal

_OPTIONS = {
    "components": "--component",
    "display_at": "--at",
    "next_update_at": "--next-update",
    "request_key": "--key",
    "from_at": "--from",
    "until_at": "--until",
    "scheduled_for": "--from",
    "scheduled_until": "--until",
}
_OPTIONS |= {name: f"--set {name}" for name in (*SAID, terminal.END)}


def lines(errors: Iterable[tuple[str, Iterable]]) -> list[str]:
    """Return one line for each message, named by the option that mends it."""
    return [f"{option(name)}{text}" for name, messages in errors for text in _texts(messages)]


def _texts(messages: Iterable) -> list[str]:
    return [text for one in messages for text in (one.messages if isinstance(one, ValidationError) else [str(one)])]


def option(name: str) -> str:
    """Return the option that mends the field `name`, to stand before a message; empty where none does."""
    if not name or name == "__all__":
        return ""
    typed = _OPTIONS.get(name, "--" + name.replace("_", "-"))
    return f"{typed}: "
