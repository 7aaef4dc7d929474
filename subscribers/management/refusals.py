"""The refusals of the actions as lines at a prompt: each names the option that mends it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.core.exceptions import ValidationError

from incidents.actions.errors import Conflict, KeyReused
from incidents.actions.words import SAID

from . import terminal
from .terminal import Refused

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


@contextmanager
def refusing() -> Iterator[None]:
    """Raises Refused in the place of what an action that publishes raises."""
    try:
        yield
    except ValidationError as error:
        raise Refused(*lines(getattr(error, "error_dict", {"": error}).items())) from None
    except Conflict:
        raise Refused("Somebody else published an update in this moment. Read it, then run this again.") from None
    except KeyReused:
        raise Refused("--key: It was used before, for something else. Nothing was published again.") from None


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
