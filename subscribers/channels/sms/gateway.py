"""The interface of an SMS gateway, and the meaning of its answers where it has no words of its own for them."""

import json
import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, Protocol

from statuspage.lib.retry_after import read_retry_after

from .. import Failed, Outcome, Refused
from ..message import OutgoingMessage
from ..reports import Report
from ..verdicts import Verdict

_TOO_MANY = 429
_GATEWAY_TIMEOUT = 504
UNTOLD_WAIT = timedelta(seconds=30)
# Surely about us and not about one message: who we are, and how we ask (RFC 9110 15.4, 15.5; RFC 6585). A wrong path
# answers 404, and so does an unknown recipient, at some gateways: that is only put off, so that one number cannot hold
# up all others.
_ABOUT_US = frozenset({301, 302, 303, 307, 308, 401, 405, 406, 407, 411, 415, 417, 421, 426, 428, 431})
_PUT_OFF = frozenset({404, 408, 425})
# Of our account, at most gateways; at some of the recipient's country. Also put off: someone can mend it.
_NOT_ALLOWED = frozenset({402, 403, 451})
_OUR_TEXT = frozenset({413, 414})
# Words beside a 400 or 422 that name our request, and such as name whom it is for.
_OF_REQUEST = re.compile(
    r"content.?type|media.?type|\bparam|argument|api.?key|\btoken\b|credential|\baccount|balance|credit|\bsender|signature"
    r"|\bjson\b|malformed",
    re.IGNORECASE,
)
_OF_RECIPIENT = re.compile(r"recipient|receiver|destination|\bto\b|number|phone|msisdn", re.IGNORECASE)


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
    """An SMS that somebody wrote to our number. `is_answered`: the gateway has answered it already. `provider_id`: its
    name there, empty where it has none."""

    sender: str
    text: str
    is_answered: bool = False
    provider_id: str = ""


class GatewayAnswer(NamedTuple):
    content_type: str
    body: str


class Gateway(Protocol):
    signs: bool  # whether it signs what it tells us; else the address that it calls must hold a secret

    @property
    def taken(self) -> str | None:
        """The answer that it wants to read when a report was taken; None: nothing, a 204."""

    def request(self, message: OutgoingMessage) -> dict[str, Any]:
        """Return what it is asked, as arguments of aiohttp's `request`."""

    def outcome(self, message: OutgoingMessage, reply: Reply) -> Outcome:
        """Return what the reply says. Raises Unavailable where it speaks of us and not of this message."""

    def is_genuine(self, url: str, fields: Mapping[str, str], signature: str) -> bool:
        """Whether it was this gateway that posted `fields` to our `url`, as far as it signs."""

    def report(self, fields: Mapping[str, str], delivery_id: int) -> Report | None:
        """Return what it tells of a message that it took; None for what changes nothing."""

    def said(self, fields: Mapping[str, str]) -> Said:
        """An SMS that it passes on."""

    def answer(self, text: str) -> GatewayAnswer:
        """How it is told to send `text` back; an empty one: nothing."""


class Unsigned:
    """A gateway that signs nothing: the address that it calls holds a secret instead."""

    __slots__ = ()
    signs = False

    def is_genuine(self, url: str, fields: Mapping[str, str], signature: str) -> bool:
        return True


def by_status(message: OutgoingMessage, reply: Reply, reason: str) -> Failed:
    """The meaning of a refusal's HTTP status. Raises Refused."""
    if reply.status in _ABOUT_US:
        raise Refused(reason)
    verdict = verdict_of_status(reply.status)
    if verdict is Verdict.WE_ARE_REFUSED:
        return Failed(message.delivery_id, reason, verdict=verdict)
    if reply.status in _PUT_OFF:
        return Failed(message.delivery_id, reason)
    if reply.status == _GATEWAY_TIMEOUT:  # a proxy passed it on and does not know what became of it
        return Failed(message.delivery_id, reason, unknown=True)
    wait = read_retry_after(reply.headers.get("Retry-After", ""), now=datetime.now(UTC))
    if reply.status == _TOO_MANY:
        return Failed(message.delivery_id, reason, retry_after=wait or UNTOLD_WAIT)
    if reply.status >= 500:
        return Failed(message.delivery_id, reason, retry_after=wait, verdict=verdict)
    if _OF_REQUEST.search(reason) and not _OF_RECIPIENT.search(reason):
        return Failed(message.delivery_id, reason, verdict=Verdict.WE_ARE_REFUSED)
    return Failed(message.delivery_id, reason, permanent=True, verdict=verdict)


def verdict_of_status(status: int) -> Verdict:
    """Return the verdict on a refusal with this HTTP status. Never one on the address: no status says that nobody is
    there."""
    if status in _ABOUT_US or status in _NOT_ALLOWED:
        return Verdict.WE_ARE_REFUSED
    if status in _OUR_TEXT:
        return Verdict.CONTENT_REFUSED
    return Verdict.PROVIDER_UNWELL if status >= 500 else Verdict.UNKNOWN


def basic(user: str, password: str) -> dict[str, str]:
    """The header of HTTP's basic authentication."""
    return {"Authorization": "Basic " + b64encode(f"{user}:{password}".encode()).decode()}
