"""What every SMS gateway is to us, and what its answers mean where it has no words of its own for them."""

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, Protocol

from statuspage.lib.retry_after import read_retry_after

from ...messages import Message
from .. import Failed, Outcome, Refused
from ..reports import Report
from ..verdicts import Verdict

_TOO_MANY = 429
_GATEWAY_TIMEOUT = 504
_UNTOLD_WAIT = timedelta(seconds=30)
# Surely about us and not about one message. A wrong path answers 404, and so does an unknown recipient, at some
# gateways: that is only put off, so that one number cannot hold up all others.
_WHO_ARE_YOU = frozenset({401, 407})
_PUT_OFF = frozenset({404, 408, 425})
# Of how we ask, or of our account: whoever the recipient is (RFC 9110 15.4, 15.5). Also put off: someone can mend it.
_OUR_REQUEST = frozenset({301, 302, 303, 307, 308, 402, 403, 405, 406, 411, 415, 417, 421, 426, 428, 431, 451})
_OUR_TEXT = frozenset({413, 414})


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        return 200 <= self.status <= 299

    def json(self) -> dict[str, Any]:
        """The body as an object; empty where it is none."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def text(self) -> str:
        return " ".join(self.body[:200].decode(errors="replace").split())


class Said(NamedTuple):
    """An SMS that somebody wrote to our number. `is_answered`: the gateway has answered it already. `message_id`: its
    own number for it, where it has one and signs it."""

    sender: str
    text: str
    is_answered: bool = False
    message_id: str = ""


class Answer(NamedTuple):
    content_type: str
    body: str


class Gateway(Protocol):
    url: str
    signs: bool  # whether it signs what it tells us; else the address that it calls must hold a secret

    def request(self, message: Message) -> dict[str, Any]:
        """What is posted to `url`, as arguments of aiohttp's `post`."""

    def outcome(self, message: Message, reply: Reply) -> Outcome:
        """What the reply says. Raises Unavailable where it speaks of us and not of this message."""

    def is_genuine(self, url: str, fields: Mapping[str, str], signature: str) -> bool:
        """Whether it was this gateway that posted `fields` to our `url`, as far as it signs."""

    def report(self, fields: Mapping[str, str], delivery_id: int) -> Report | None:
        """What it tells of a message that it took; None for what changes nothing."""

    def said(self, fields: Mapping[str, str]) -> Said:
        """An SMS that it passes on."""

    def answer(self, text: str) -> Answer:
        """How it is told to send `text` back; an empty one: nothing."""


def by_status(message: Message, reply: Reply, reason: str) -> Failed:
    """The meaning of a refusal's HTTP status. Raises Refused."""
    if reply.status in _WHO_ARE_YOU:
        raise Refused(reason)
    if reply.status in _OUR_REQUEST:
        return Failed(message.delivery_id, reason, verdict=Verdict.WE_ARE_REFUSED)
    if reply.status in _PUT_OFF:
        return Failed(message.delivery_id, reason)
    if reply.status == _GATEWAY_TIMEOUT:  # a proxy passed it on and does not know what became of it
        return Failed(message.delivery_id, reason, unknown=True)
    wait = read_retry_after(reply.headers.get("Retry-After", ""), now=datetime.now(UTC))
    if reply.status == _TOO_MANY:
        return Failed(message.delivery_id, reason, retry_after=wait or _UNTOLD_WAIT)
    if reply.status >= 500:
        return Failed(message.delivery_id, reason, retry_after=wait, verdict=Verdict.PROVIDER_UNWELL)
    verdict = Verdict.CONTENT_REFUSED if reply.status in _OUR_TEXT else Verdict.UNKNOWN
    return Failed(message.delivery_id, reason, permanent=True, verdict=verdict)


def basic(user: str, password: str) -> dict[str, str]:
    """The header of HTTP's basic authentication."""
    return {"Authorization": "Basic " + b64encode(f"{user}:{password}".encode()).decode()}
