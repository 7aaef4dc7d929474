"""Kannel's sendsms (https://www.kannel.org/download/1.4.5/userguide-1.4.5/userguide.html), as tried with 1.4.5.

Posted as text with headers: in the query, which the guide shows first, the password and the words would stand in the
logs of whatever is between. A form or JSON it answers with 400 "Invalid content-type".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .. import Outcome, Refused, Sent
from ..message import OutgoingMessage
from ..reports import Event, Report
from . import callbacks
from .gateway import GatewayAnswer, Reply, Said, Unsigned, by_status
from .segments import is_gsm

_GSM, _UCS2 = "0", "2"
_MASK = "19"  # of what it tells: 1 delivered, 2 not, 16 refused by the centre
_FORBIDDEN = 403  # log-in, address of ours, sender: never the recipient, which is a 400


@dataclass(frozen=True, slots=True)
class Kannel(Unsigned):
    """A Kannel gateway. Its report is one GET of the address that each message names; what people write comes as a GET
    too."""

    taken = ""  # a 200: with http-request-retry it reports again after anything else, a 204 too

    url: str
    user: str
    password: str
    sender: str = ""

    def request(self, message: OutgoingMessage) -> dict[str, Any]:
        headers = {
            "Content-Type": "text/plain; charset=UTF-8",
            "X-Kannel-Username": self.user,
            "X-Kannel-Password": self.password,
            "X-Kannel-To": message.to,
            "X-Kannel-Coding": _GSM if is_gsm(message.text) else _UCS2,
        }
        if self.sender:
            headers["X-Kannel-From"] = self.sender
        if callbacks.are_reachable():
            headers["X-Kannel-DLR-Mask"] = _MASK
            headers["X-Kannel-DLR-Url"] = f"{callbacks.address_of(message.delivery_id)}?status=%d&reply=%A&id=%I"
        return {"method": "POST", "url": self.url, "headers": headers, "data": message.text.encode()}

    def outcome(self, message: OutgoingMessage, reply: Reply) -> Outcome:
        if reply.is_success:  # 202, "0: Accepted for delivery" or "3: Queued for later delivery"
            return Sent(message.delivery_id)
        reason = f"{reply.status}: {reply.text()}"
        if reply.status == _FORBIDDEN:
            raise Refused(reason)
        return by_status(message, reply, reason)

    def report(self, fields: Mapping[str, str], delivery_id: int) -> Report | None:
        said = fields.get("reply") or "no reason"
        match fields.get("status"):
            case "1":
                return Report(delivery_id, Event.DELIVERED, provider_id=fields.get("id", ""))
            case "2":
                return Report(delivery_id, Event.BOUNCED, f"The network did not deliver it: {said}")
            case "16":
                return Report(delivery_id, Event.FAILED, f"The message centre refused it: {said}")
        return None  # 4 and 8: on its way

    def said(self, fields: Mapping[str, str]) -> Said:
        return Said(fields.get("from", ""), fields.get("text", ""), provider_id=fields.get("id", ""))

    def answer(self, text: str) -> GatewayAnswer:
        """Answer an SMS: its sms-service sends what it reads here, unless there is nothing (omit-empty)."""
        return GatewayAnswer("text/plain; charset=utf-8", text)
