"""A plain gateway: one POST a message, as JSON or as a form, under field names of its choice."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...messages import Message
from .. import Outcome, Sent
from ..reports import Event, Report
from . import callbacks
from .gateway import Answer, Reply, Said, basic, by_status

SAYS = "The gateway says: "  # how the reason of a report begins
_DELIVERED = frozenset({"delivered", "delivrd"})
_BOUNCED = frozenset({"undelivered", "undeliverable", "undeliv", "expired", "rejected", "rejectd", "bounced"})
_FAILED = frozenset({"failed", "error", "cancelled"})


@dataclass(frozen=True, slots=True)
class Http:
    """`id_field`: where a JSON reply, or an SMS passed on, names the message. `callback_field`: where it is told
    whom to report to."""

    signs = False

    url: str
    user: str = ""
    password: str = ""
    sender: str = ""
    format: str = "json"
    to_field: str = "to"
    text_field: str = "text"
    from_field: str = "from"
    id_field: str = "id"
    callback_field: str = ""
    idempotency: bool = False

    def request(self, message: Message) -> dict[str, Any]:
        fields = {self.to_field: message.to, self.text_field: message.text}
        if self.sender:
            fields[self.from_field] = self.sender
        if self.callback_field and callbacks.are_reachable():
            fields[self.callback_field] = callbacks.address_of(message.delivery_id)
        headers = basic(self.user, self.password) if self.user else {}
        if self.idempotency:
            headers["Idempotency-Key"] = f"{message.delivery_id}-{message.refusals}"
        return {"headers": headers, "json" if self.format == "json" else "data": fields}

    def outcome(self, message: Message, reply: Reply) -> Outcome:
        if reply.is_success:
            return Sent(message.delivery_id, str(reply.json().get(self.id_field, "")))
        return by_status(message, reply, f"{reply.status}: {reply.text()}")

    def is_genuine(self, url: str, fields: Mapping[str, str], signature: str) -> bool:
        return True

    def report(self, fields: Mapping[str, str], delivery_id: int) -> Report | None:
        status = fields.get("status", "").strip().lower()
        reason = fields.get("error") or fields.get("reason") or status
        if status in _DELIVERED:
            return Report(delivery_id, Event.DELIVERED)
        if status in _BOUNCED:
            return Report(delivery_id, Event.BOUNCED, f"{SAYS}{reason}")
        if status in _FAILED:
            return Report(delivery_id, Event.FAILED, f"{SAYS}{reason}")
        return None

    def said(self, fields: Mapping[str, str]) -> Said:
        sender, text = fields.get(self.from_field, ""), fields.get(self.text_field, "")
        return Said(sender, text, provider_id=fields.get(self.id_field, ""))

    def answer(self, text: str) -> Answer:
        return Answer("application/json", json.dumps({"reply": text} if text else {}))
