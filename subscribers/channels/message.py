"""A text that is cut once where recipients differ, and filled for each by joining. No template sees it again."""

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

NO_TOKEN = "..."  # noqa: S105  in the place of one


class Recipient(Protocol):
    """The fields of a recipient, a subscriber or a contact, that a message needs."""

    @property
    def pk(self) -> int: ...
    @property
    def address(self) -> str: ...
    @property
    def link_version(self) -> int: ...
    @property
    def is_active(self) -> bool: ...


class Addressed(Protocol):
    """The fields of a delivery that a message needs."""

    @property
    def pk(self) -> int: ...
    @property
    def recipient(self) -> Recipient: ...
    @property
    def refusals(self) -> int: ...


class Sample:
    """The thing that `send_test` sends: it says that it is a test, and holds no link that acts for anybody."""


class MergeFields:
    """The places where recipients differ, each under a marker that nobody who writes a text can guess.

    A marker is as long as a token gets, so that a text with markers may be measured.
    """

    def __init__(self, *names: str):
        self.names = {secrets.token_hex(20): name for name in names}
        self.markers = {name: marker for marker, name in self.names.items()}
        self._split = re.compile(f"({'|'.join(self.names)})").split

    def __getitem__(self, name: str) -> str:
        return self.markers[name]

    def cut(self, text: str) -> "MergeText":
        """`text` as a MergeText with these merge_fields."""
        parts = self._split(text)
        merge_fields = tuple((place, self.names[parts[place]]) for place in range(1, len(parts), 2))
        return MergeText(tuple(parts), merge_fields)


@dataclass(frozen=True, slots=True)
class MergeText:
    """A text in parts; `merge_fields` says which of them are filled, and with what."""

    parts: tuple[str, ...]
    merge_fields: tuple[tuple[int, str], ...] = ()

    def fill(self, values: Mapping[str, str]) -> str:
        """The whole text, with the value of each hole put in as it is."""
        parts = list(self.parts)
        for place, name in self.merge_fields:
            parts[place] = values[name]
        return "".join(parts)


@dataclass(frozen=True, eq=False)
class RenderedNotice:
    """One thing to say on one channel, rendered but for what differs by recipient (`values`).

    `html`, `subject` and `headers` are for e-mail alone; `headers` holds From and Message-ID too. Each header, like the
    subject, is one line.
    """

    values: Callable[[Recipient], Mapping[str, str]]
    text: MergeText
    subject: str = ""
    html: MergeText = MergeText(("",))
    headers: Mapping[str, MergeText] = field(default_factory=dict)

    def to(self, delivery: Addressed) -> "OutgoingMessage":
        """The message of one recipient. Costs no query where its recipient is loaded."""
        recipient = delivery.recipient
        return OutgoingMessage(delivery.pk or 0, recipient.address, self, self.values(recipient), delivery.refusals)


class OutgoingMessage(NamedTuple):
    """One notice to one recipient, ready for a channel, put together when the channel asks for it.

    `refusals`: how many attempts had an outcome before. It is the same for an attempt and its repetition when nobody
    knows what became of the first.
    """

    delivery_id: int
    to: str
    notice: RenderedNotice
    values: Mapping[str, str]
    refusals: int = 0

    def without_token(self) -> "OutgoingMessage":
        """The same for anybody else to read: the links that act for their owner lead nowhere."""
        return self._replace(values={**self.values, "token": NO_TOKEN}) if "token" in self.values else self

    @property
    def subject(self) -> str:
        return self.notice.subject

    @property
    def text(self) -> str:
        return self.notice.text.fill(self.values)

    @property
    def html(self) -> str:
        return self.notice.html.fill(self.values)

    @property
    def headers(self) -> dict[str, str]:
        return {name: merge_text.fill(self.values) for name, merge_text in self.notice.headers.items()}
