"""Jasmin's HTTP API (https://docs.jasminsms.com/en/latest/apis/ja-http/)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .. import Failed, Outcome, Refused, Sent
from ..message import OutgoingMessage
from ..reports import Event, Report
from ..verdicts import Verdict
from . import callbacks
from .gateway import UNTOLD_WAIT, GatewayAnswer, Reply, Said, Unsigned, by_status
from .segments import is_gsm

_UCS2 = "8"
_FORBIDDEN, _NO_ROUTE = 403, 412
_BOUNCED = frozenset({"UNDELIV", "EXPIRED", "DELETED"})


@dataclass(frozen=True, slots=True)
class Jasmin(Unsigned):
    """A Jasmin gateway. It goes on calling until it is answered `taken`, in these very words; so an SMS cannot be
    answered by it."""

    taken = "ACK/Jasmin"

    url: str
    user: str
    password: str
    sender: str = ""

    def request(self, message: OutgoingMessage) -> dict[str, Any]:
        fields = {"username": self.user, "password": self.password, "to": message.to, **_content(message.text)}
        if self.sender:
            fields["from"] = self.sender
        if callbacks.are_reachable():
            url = callbacks.address_of(message.delivery_id)
            # Level 2 tells what became of it at the phone, 3 also that the centre took it or did not.
            fields |= {"dlr": "yes", "dlr-url": url, "dlr-level": "3", "dlr-method": "POST"}
        return {"method": "POST", "url": self.url, "data": fields}

    def outcome(self, message: OutgoingMessage, reply: Reply) -> Outcome:
        """`Success "id"` or `Error "why"`, with a status that means its own things."""
        said = reply.text()
        if reply.is_success and said.startswith("Success"):
            return Sent(message.delivery_id, said.partition('"')[2].strip('"'))
        reason = f"{reply.status}: {said}"
        if reply.status == _FORBIDDEN and "throughput" in said:
            return Failed(message.delivery_id, reason, retry_after=UNTOLD_WAIT)
        if reply.status == _FORBIDDEN:  # log-in, or no balance
            raise Refused(reason)
        if reply.is_success or reply.status == _NO_ROUTE or "Authorization failed" in said:  # 200: it is no Jasmin
            return Failed(message.delivery_id, reason, verdict=Verdict.WE_ARE_REFUSED)
        return by_status(message, reply, reason)

    def report(self, fields: Mapping[str, str], delivery_id: int) -> Report | None:
        status, error = fields.get("message_status", ""), fields.get("err", "")
        reason = f"The gateway says: {status}" + f" ({error})" * bool(error.strip("0"))
        if status == "DELIVRD":
            return Report(delivery_id, Event.DELIVERED, provider_id=fields.get("id", ""))
        if status in _BOUNCED:
            return Report(delivery_id, Event.BOUNCED, reason)
        if status == "REJECTD" or (status.startswith("ESME_R") and status != "ESME_ROK"):
            return Report(delivery_id, Event.FAILED, reason)
        return None  # accepted, on its way, or unknown to the network

    def said(self, fields: Mapping[str, str]) -> Said:
        return Said(fields.get("from", ""), fields.get("content", ""), provider_id=fields.get("id", ""))

    def answer(self, text: str) -> GatewayAnswer:
        return GatewayAnswer("text/plain; charset=utf-8", self.taken)


def _content(text: str) -> dict[str, str]:
    """Return the text as bytes in the coding that the network expects: Jasmin passes on what is no GSM text as it
    stands."""
    if is_gsm(text):
        return {"content": text, "coding": "0"}
    return {"hex-content": text.encode("utf-16-be").hex(), "coding": _UCS2}
