"""A plain gateway: one POST a message, as JSON or as a form, under field names of its choice."""

from dataclasses import dataclass
from typing import Any

from ...messages import Message
from .. import Outcome, Sent
from .gateway import Reply, basic, by_status


@dataclass(frozen=True, slots=True)
class Http:
    """`id_field`: where a JSON reply names the message."""

    url: str
    user: str = ""
    password: str = ""
    sender: str = ""
    format: str = "json"
    to_field: str = "to"
    text_field: str = "text"
    from_field: str = "from"
    id_field: str = "id"

    def request(self, message: Message) -> dict[str, Any]:
        fields = {self.to_field: message.to, self.text_field: message.text}
        if self.sender:
            fields[self.from_field] = self.sender
        headers = basic(self.user, self.password) if self.user else {}
        return {"headers": headers, "json" if self.format == "json" else "data": fields}

    def outcome(self, message: Message, reply: Reply) -> Outcome:
        if reply.is_success:
            return Sent(message.delivery_id, str(reply.json().get(self.id_field, "")))
        return by_status(message, reply, f"{reply.status}: {reply.text()}")
