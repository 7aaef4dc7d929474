"""A text that is cut once where recipients differ, and filled for each by joining. No template sees it again."""

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ..models import Delivery, Subscriber


@dataclass(frozen=True, slots=True)
class Message:
    """One message, ready for a channel. `html`, `subject` and `headers` are for e-mail alone.

    `headers` holds From and Message-ID too; every value is one line of ASCII.
    """

    delivery_id: int
    to: str
    text: str
    subject: str = ""
    html: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


class Holes:
    """The places where recipients differ, each under a marker that nobody who writes a text can guess.

    A marker is as long as a token gets, so that a text with markers may be measured.
    """

    def __init__(self, *names: str):
        self.names = {secrets.token_hex(20): name for name in names}
        self.markers = {name: marker for marker, name in self.names.items()}
        self._split = re.compile(f"({'|'.join(self.names)})").split

    def __getitem__(self, name: str) -> str:
        return self.markers[name]

    def cut(self, text: str) -> "Stencil":
        """`text` as a Stencil with these holes."""
        parts = self._split(text)
        holes = tuple((place, self.names[parts[place]]) for place in range(1, len(parts), 2))
        return Stencil(tuple(parts), holes)


@dataclass(frozen=True, slots=True)
class Stencil:
    """A text in parts; `holes` says which of them are filled, and with what."""

    parts: tuple[str, ...]
    holes: tuple[tuple[int, str], ...] = ()

    def fill(self, values: Mapping[str, str]) -> str:
        """The whole text, with the value of each hole put in as it is."""
        parts = list(self.parts)
        for place, name in self.holes:
            parts[place] = values[name]
        return "".join(parts)


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to say on one channel, rendered but for what differs by recipient (`values`)."""

    values: Callable[[Subscriber], Mapping[str, str]]
    text: Stencil
    subject: str = ""
    html: Stencil = Stencil(("",))
    headers: Mapping[str, Stencil] = field(default_factory=dict)

    def to(self, delivery: Delivery) -> Message:
        """The message of one recipient. Costs no query where `delivery.subscriber` is loaded."""
        values = self.values(delivery.subscriber)
        return Message(
            delivery_id=delivery.pk or 0,
            to=delivery.subscriber.address,
            text=self.text.fill(values),
            subject=self.subject,
            html=self.html.fill(values),
            headers={name: stencil.fill(values) for name, stencil in self.headers.items()},
        )
