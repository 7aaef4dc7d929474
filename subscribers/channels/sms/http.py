"""A plain gateway: one request a message, as JSON, form or query, under field names of its choice."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .. import Failed, Outcome, Sent
from ..message import OutgoingMessage
from ..reports import Event, Report
from . import callbacks
from .gateway import GatewayAnswer, Reply, Said, Unsigned, basic, by_status
from .segments import is_gsm

SAYS = "The gateway says: "  # how the reason of a report begins
_DELIVERED = frozenset({"delivered", "delivrd"})
_BOUNCED = frozenset(
    {"undelivered", "undeliverable", "undeliv", "not_delivered", "expired", "rejected", "rejectd", "deleted", "bounced"}
)
_FAILED = frozenset({"failed", "error", "cancelled", "canceled"})


@dataclass(frozen=True, slots=True)
class Words:
    """The words by which the gateway's reports name what became of a message, in small letters: its own beside the
    usual."""

    delivered: frozenset[str] = frozenset()
    bounced: frozenset[str] = frozenset()
    failed: frozenset[str] = frozenset()

    def event(self, status: str) -> Event | None:
        """Return the event that a word names; None for what changes nothing."""
        if status in _DELIVERED | self.delivered:
            return Event.DELIVERED
        if status in _BOUNCED | self.bounced:
            return Event.BOUNCED
        return Event.FAILED if status in _FAILED | self.failed else None


@dataclass(frozen=True, slots=True)
class Http(Unsigned):
    """`id_field`: where a JSON reply, or an SMS passed on, names the message. `callback_field`: where it is told whom
    to report to.

    `user_field`, `password_field`: where it wants its log-in, if not by basic authentication. `codings`: what
    `coding_field` says of a text in the GSM alphabet and of any other. `fixed`: what every request says besides.
    `accepted`: how its reply begins where it took the message, for one that answers 200 whatever became of it.
    """

    taken = None

    url: str
    user: str = ""
    password: str = ""
    sender: str = ""
    format: str = "json"
    to_field: str = "to"
    text_field: str = "text"
    from_field: str = "from"
    user_field: str = ""
    password_field: str = ""
    coding_field: str = ""
    codings: tuple[str, str] = ("0", "8")
    id_field: str = "id"
    callback_field: str = ""
    status_field: str = "status"
    accepted: str = ""
    idempotency: bool = False
    fixed: tuple[tuple[str, str], ...] = ()
    words: Words = Words()

    def request(self, message: OutgoingMessage) -> dict[str, Any]:
        fields = self._fields(message)
        headers = basic(self.user, self.password) if self.user and not self.user_field else {}
        if self.idempotency:
            headers["Idempotency-Key"] = f"{message.delivery_id}-{message.refusals}"
        method = "GET" if self.format == "query" else "POST"
        place = {"json": "json", "form": "data", "query": "params"}[self.format]
        return {"method": method, "url": self.url, "headers": headers, place: fields}

    def _fields(self, message: OutgoingMessage) -> dict[str, str]:
        fields = dict(self.fixed) | {self.to_field: message.to, self.text_field: message.text}
        if self.sender:
            fields[self.from_field] = self.sender
        if self.user_field:
            fields[self.user_field] = self.user
        if self.password_field:
            fields[self.password_field] = self.password
        if self.coding_field:
            fields[self.coding_field] = self.codings[0] if is_gsm(message.text) else self.codings[1]
        if self.callback_field and callbacks.are_reachable():
            fields[self.callback_field] = callbacks.address_of(message.delivery_id)
        return fields

    def outcome(self, message: OutgoingMessage, reply: Reply) -> Outcome:
        reason = f"{reply.status}: {reply.text()}"
        if not reply.is_success:
            return by_status(message, reply, reason)
        if self.accepted and not reply.text().startswith(self.accepted):
            return Failed(message.delivery_id, reason)
        return Sent(message.delivery_id, str(reply.json().get(self.id_field, "")))

    def report(self, fields: Mapping[str, str], delivery_id: int) -> Report | None:
        status = fields.get(self.status_field, "").strip().lower()
        event = self.words.event(status)
        if event is None or event is Event.DELIVERED:
            return event and Report(delivery_id, event)
        reason = fields.get("error") or fields.get("reason") or status
        return Report(delivery_id, event, f"{SAYS}{reason}")

    def said(self, fields: Mapping[str, str]) -> Said:
        sender, text = fields.get(self.from_field, ""), fields.get(self.text_field, "")
        return Said(sender, text, provider_id=fields.get(self.id_field, ""))

    def answer(self, text: str) -> GatewayAnswer:
        return GatewayAnswer("application/json", json.dumps({"reply": text} if text else {}))
