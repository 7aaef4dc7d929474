"""Announcement + subscriber -> e-mail and SMS. What all recipients share is rendered once."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Message:
    """One message, ready for a channel. `html`, `subject` and `headers` are for e-mail alone."""

    delivery_id: int
    to: str
    text: str
    subject: str = ""
    html: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
