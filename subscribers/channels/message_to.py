from typing import NamedTuple

from incidents.models import Message

from ..enums import RecipientKind


class MessageTo(NamedTuple):
    """A message that is no update, as one kind of recipient reads it: only subscribers can unsubscribe."""

    told: Message
    kind: RecipientKind
